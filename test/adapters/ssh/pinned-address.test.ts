import { describe, expect, it } from 'vitest';
import { clientOptions, hostKeyAlias } from '../../../src/adapters/ssh/client-options.ts';
import { pinAddress } from '../../../src/adapters/ssh/pinned-address.ts';
import { quoteForShell } from '../../../src/adapters/ssh/shell-quote.ts';
import { sshFailure } from '../../../src/adapters/ssh/ssh-failure.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIEuZ3z0xN6mQpXrV1cT8bHn4sJkW2yLaDfGoPuRtIvEw';
const address = {
  host: 'web-1.example',
  port: 22,
  user: 'pressluft',
  hostKeys: [`ssh-ed25519 ${blob} root@web-1`],
};

describe('pinAddress', () => {
  it('drops comments and order of keys, so that the same machine keeps its connection', () => {
    const rsa = `ssh-rsa ${blob}`;
    const one = pinAddress({ ...address, hostKeys: [rsa, `ssh-ed25519 ${blob} other comment`] });
    const two = pinAddress({ ...address, hostKeys: [`ssh-ed25519 ${blob}`, rsa, rsa] });
    expect(one.id).toBe(two.id);
    expect(one.hostKeys).toEqual([`ssh-ed25519 ${blob}`, rsa]);
  });

  it('admits RSA keys with SHA-2 signatures only', () => {
    expect(pinAddress({ ...address, hostKeys: [`ssh-rsa ${blob}`] }).algorithms).toBe(
      'rsa-sha2-512,rsa-sha2-256',
    );
  });

  it('uses a separate connection and known-hosts name for another port, user or key', () => {
    const others = [{ port: 23 }, { user: 'root' }, { host: 'web-2' }, { hostKeys: [`ssh-rsa ${blob}`] }];
    const aliases = [address, ...others.map((part) => ({ ...address, ...part }))].map((each) =>
      hostKeyAlias(pinAddress(each)),
    );
    expect(new Set(aliases).size).toBe(5);
  });

  it.each([
    { host: '-oProxyCommand=id' },
    { host: 'a b' },
    { host: 'a;b' },
    { host: '' },
    { host: 'user@host' },
    { host: 'a\nb' },
    { user: '-lroot' },
    { user: 'a b' },
    { user: '' },
    { port: 0 },
    { port: 65_536 },
    { port: 22.5 },
    { hostKeys: ['@cert-authority ssh-ed25519 AAAA'] },
    { hostKeys: [`ssh-ed25519 ${blob}\n* ssh-ed25519 ${blob}`] },
    { hostKeys: [`ssh-dss ${blob}`] },
  ])('refuses %j', (part) => {
    expect(() => pinAddress({ ...address, ...part })).toThrow(
      expect.objectContaining({ code: errors.settingInvalid }),
    );
  });

  it('accepts IPv4 and IPv6 addresses', () => {
    expect(pinAddress({ ...address, host: '2001:db8::1' }).host).toBe('2001:db8::1');
    expect(pinAddress({ ...address, host: '192.0.2.1' }).host).toBe('192.0.2.1');
  });

  it('requires a pinned key', () => {
    expect(() => pinAddress({ ...address, hostKeys: [] })).toThrow(
      expect.objectContaining({ code: errors.nodeHostKeyMismatch }),
    );
  });
});

it('options check host keys strictly, against the generated file only', () => {
  const options = clientOptions(pinAddress(address), {
    controlPath: '/c',
    knownHostsPath: '/k',
    identityPath: '/i',
  });
  expect(options.slice(0, 2)).toEqual(['-F', '/dev/null']);
  for (const option of [
    'StrictHostKeyChecking=yes',
    'UserKnownHostsFile=/k',
    'GlobalKnownHostsFile=/dev/null',
  ]) {
    expect(options).toContain(option);
  }
});

describe('quoteForShell', () => {
  it('leaves plain words unquoted and quotes everything else', () => {
    expect(quoteForShell(['echo', '--a=b/c', "it's", '', '$x'])).toBe(`echo '--a=b/c' 'it'\\''s' '' '$x'`);
  });

  it('refuses a NUL byte and an empty command', () => {
    expect(() => quoteForShell(['a\0b'])).toThrow(expect.objectContaining({ code: errors.settingInvalid }));
    expect(() => quoteForShell([])).toThrow(expect.objectContaining({ code: errors.settingInvalid }));
  });
});

describe('sshFailure', () => {
  it.each([
    ['Host key verification failed.', errors.nodeHostKeyMismatch],
    [
      'Unable to negotiate with 192.0.2.1 port 22: no matching host key type found. Their offer: ssh-rsa',
      errors.nodeHostKeyMismatch,
    ],
    [
      'No ED25519 host key is known for pressluft-1 and you have requested strict checking.',
      errors.nodeHostKeyMismatch,
    ],
    ['pressluft@192.0.2.1: Permission denied (publickey).', errors.nodeRefusedKey],
    ['Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures', errors.nodeRefusedKey],
    ['ssh: connect to host 192.0.2.1 port 22: Connection refused', errors.nodeUnreachable],
    ['kex_exchange_identification: read: Connection reset by peer', errors.nodeUnreachable],
    ['', errors.nodeUnreachable],
  ])('classifies %j as %s', (log, code) => {
    expect(sshFailure(pinAddress(address), log).code).toBe(code);
  });
});
