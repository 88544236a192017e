import { describe, expect, test } from 'vitest';
import { readUserData } from '../../src/lab/machines/cloud-config.ts';

describe('user data', () => {
  test('no user data is an empty configuration without warnings', () => {
    expect(readUserData(undefined)).toEqual(readUserData(''));
    expect(readUserData('').warnings).toEqual([]);
  });

  test('a script is kept as it is', () => {
    expect(readUserData('#!/bin/sh\nid\n').script).toBe('#!/bin/sh\nid\n');
  });

  test('users, keys, files and commands are read', () => {
    const config = readUserData(`#cloud-config
users:
  - default
  - name: pressluft
    groups: sudo, adm
    sudo: ["ALL=(ALL) NOPASSWD:ALL"]
    ssh_authorized_keys: [ssh-ed25519 AAAA]
ssh_authorized_keys: [ssh-ed25519 BBBB]
ssh_keys: { ed25519_private: PRIVATE, ed25519_public: PUBLIC }
write_files:
  - { path: /etc/a, content: text, permissions: "0600", owner: "pressluft:pressluft" }
  - { path: /etc/b, content: dGV4dA==, encoding: b64 }
runcmd:
  - echo hello
  - [printf, "%s", "it's"]
packages: [tree]
timezone: Europe/Berlin
`);
    expect(config.warnings).toEqual([]);
    expect(config.users).toMatchObject([
      { name: 'pressluft', groups: ['sudo', 'adm'], sudo: ['ALL=(ALL) NOPASSWD:ALL'], lockPassword: true },
    ]);
    expect(config.sshAuthorizedKeys).toEqual(['ssh-ed25519 BBBB']);
    expect(config.hostKey).toEqual({ privateKey: 'PRIVATE', publicKey: 'PUBLIC' });
    expect(config.files.map((file) => [file.path, file.contentBase64, file.permissions, file.owner])).toEqual(
      [
        ['/etc/a', 'dGV4dA==', '0600', 'pressluft:pressluft'],
        ['/etc/b', 'dGV4dA==', '0644', 'root:root'],
      ],
    );
    expect(config.commands).toEqual(['echo hello', "'printf' '%s' 'it'\\''s'"]);
    expect(config.packages).toEqual(['tree']);
    expect(config.timezone).toBe('Europe/Berlin');
  });

  test.each([
    ['an unknown key', '#cloud-config\nbootcmd: [id]\n', /"bootcmd" is not supported/],
    ['a user whose name is an option', '#cloud-config\nusers: [{ name: "--root=/" }]\n', /no valid name/],
    ['a relative path', '#cloud-config\nwrite_files: [{ path: etc/x }]\n', /no absolute path/],
    [
      'a package with a shell metacharacter',
      '#cloud-config\npackages: ["a;id"]\n',
      /not a plain package name/,
    ],
    ['invalid YAML', '#cloud-config\nusers: [\n', /not valid YAML/],
    ['a YAML alias bomb', `#cloud-config\n${aliasBomb()}`, /not valid YAML/],
    ['something else', 'Content-Type: multipart/mixed\n', /neither/],
  ])('%s is ignored with a warning', (_, userData, warning) => {
    const config = readUserData(userData);
    expect(config.warnings.join('\n')).toMatch(warning);
    expect([...config.users, ...config.files, ...config.packages]).toEqual([]);
  });
});

function aliasBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const content =
      level === 0
        ? 'x'
        : Array(9)
            .fill(`*a${level - 1}`)
            .join(', ');
    return `a${level}: &a${level} [${content}]`;
  });
  return levels.join('\n');
}
