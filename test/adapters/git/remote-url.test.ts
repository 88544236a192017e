import { describe, expect, it } from 'vitest';
import { parseRemoteUrl } from '../../../src/adapters/git/remote-url.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

describe('the URL of a remote', () => {
  it.each([
    ['https://git.example/team/fleet.git', 'http', 'https://git.example/team/fleet.git'],
    ['http://127.0.0.1:8080/fleet.git/', 'http', 'http://127.0.0.1:8080/fleet.git'],
    ['ssh://git@git.example:2222/team/fleet.git', 'ssh', 'ssh://git@git.example:2222/team/fleet.git'],
    ['ssh://git.example/fleet.git', 'ssh', 'ssh://git.example/fleet.git'],
    ['git@git.example:team/fleet.git', 'ssh', 'git@git.example:team/fleet.git'],
    ['/srv/git/fleet.git', 'local', '/srv/git/fleet.git'],
    ['file:///srv/git/my%20fleet.git', 'local', '/srv/git/my fleet.git'],
  ] as const)('%s is %s', (text, kind, url) => {
    expect(parseRemoteUrl(text)).toMatchObject({ kind, url });
  });

  it('is separated from its credentials', () => {
    expect(parseRemoteUrl('https://ann:p%40ss@git.example/fleet.git')).toEqual({
      kind: 'http',
      url: 'https://git.example/fleet.git',
      userInfo: { username: 'ann', password: 'p@ss' },
    });
  });

  it.each([
    'ext::sh -c id',
    'git://git.example/fleet.git',
    'ftp://git.example/fleet.git',
    'ssh://-oProxyCommand=id/fleet.git',
    'ssh://-l@git.example/fleet.git',
    'ssh://git:secret@git.example/fleet.git',
    'ssh://git.example/-x',
    '-oProxyCommand=id@host:path',
    'git@-host:path',
    'git@host:-path',
    'git@host:pa\nth',
    'https://git.example/fleet.git?x=1',
    'file://elsewhere/srv',
    'file:///srv/%2Fx',
    'file:///srv/%zz',
    'file:///srv/a%0ab',
    'file:///srv/a%00b',
    'file:////elsewhere/srv',
    'https://ann:%zz@git.example/fleet.git',
    'https://a%0ann:secret@git.example/fleet.git',
    './fleet.git',
    '',
  ])('%j is refused', (text) => {
    expect(() => parseRemoteUrl(text)).toThrow(expect.objectContaining({ code: errors.settingInvalid }));
  });

  it('is not repeated in the error, which would show its credentials', () => {
    try {
      parseRemoteUrl('https://ann:hunter22@git.example/fleet.git#x');
      expect.unreachable();
    } catch (error) {
      expect(`${error}${JSON.stringify(error)}`).not.toContain('hunter22');
    }
  });
});
