import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameOfKey, parseSignerKey } from '../../src/fleet/signer-key.ts';
import { sshString } from '../../src/fleet/ssh-wire.ts';

const problem = (text: string): string => {
  try {
    return parseSignerKey(text).fingerprint;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
};
const line = (type: string, ...parts: readonly (string | Buffer)[]) =>
  `${type} ${Buffer.concat([type, ...parts].map(sshString)).toString('base64')}`;

const ed25519 = line('ssh-ed25519', Buffer.alloc(32, 7));
const exponent = Buffer.from([1, 0, 1]);
const modulus = (bytes: number) => Buffer.concat([Buffer.from([0]), Buffer.alloc(bytes, 0xff)]);

describe('keys of SSH', () => {
  test('are named by their fingerprint, with any comment', () => {
    expect(problem(ed25519)).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
    expect(problem(`${ed25519} ada@laptop`)).toBe(problem(ed25519));
  });

  test.each([
    ['cut off', ed25519.slice(0, -6), 'is truncated or not base64'],
    [
      'without a point of the right size',
      line('ssh-ed25519', Buffer.alloc(31)),
      'has 31 bytes instead of 32',
    ],
    ['with something after it', line('ssh-ed25519', Buffer.alloc(32), 'x'), 'there is data after its end'],
    [
      'of another type than it says',
      `ssh-rsa ${ed25519.split(' ')[1]}`,
      'has type ssh-ed25519 instead of ssh-rsa',
    ],
    ['of a certificate', line('ssh-ed25519-cert-v01@openssh.com', 'x'), 'has a type that cannot sign'],
    ['of DSA', line('ssh-dss', 'x'), 'has a type that cannot sign'],
    [
      'of 1024 bits',
      line('ssh-rsa', exponent, modulus(128)),
      'is an RSA key of 1024 bits; allowed: 2048 to 16384',
    ],
    ['with the exponent 1', line('ssh-rsa', Buffer.from([1]), modulus(256)), 'has an invalid RSA exponent'],
    ['with an even exponent', line('ssh-rsa', Buffer.from([4]), modulus(256)), 'has an invalid RSA exponent'],
    [
      'with a negative number',
      line('ssh-rsa', exponent, Buffer.alloc(256, 0xff)),
      'a number is not positive',
    ],
    [
      'with zeros before a number',
      line('ssh-rsa', Buffer.from([0, 1, 0, 1]), modulus(256)),
      'a number is not in its shortest form',
    ],
    [
      'off its curve',
      line('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4)),
      'is not a point on its curve',
    ],
    [
      'of another curve',
      line('ecdsa-sha2-nistp256', 'nistp384', Buffer.alloc(65, 4)),
      'is on another curve than its type',
    ],
    [
      'with a compressed point',
      line('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(33, 2)),
      'has no uncompressed point',
    ],
  ])('%s cannot be used', (_, text, message) => {
    expect(problem(text)).toBe(message);
  });
});

describe('keys of OpenPGP', () => {
  const armored = [
    '-----BEGIN PGP PUBLIC KEY BLOCK-----',
    '',
    'mDMEawpK1hYJKwYBBAHaRw8BAQdAXufS23afMYidlCL5CWRzJy9ajVRVcHIabKHk',
    'CRIur520FkJvYiA8Ym9iQGFjbWUuZXhhbXBsZT6IkAQTFggAOBYhBMkOHdJYvzae',
    'q7tNjQ5wLWuQALifBQJrCkrWAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJ',
    'EA5wLWuQALifGx8BAOn/3cRIe40Z1ogiJQAn6b81EMQMOGc0m+njJHGTxDmqAQC6',
    'ckG4FMvPqidOnr5UM3S+aKO2BEvWRrLxj2XL0KVSAA==',
    '=15Nq',
    '-----END PGP PUBLIC KEY BLOCK-----',
  ];
  const text = (lines: readonly string[]) => lines.join('\n');
  const bytes = Buffer.from(armored.slice(2, 7).join(''), 'base64');
  const ofBytes = (blob: Buffer) =>
    text([...armored.slice(0, 2), blob.toString('base64'), ...armored.slice(-1)]);

  test('are named by their fingerprint, as gpg prints it', () => {
    expect(problem(text(armored))).toBe('C90E1DD258BF369EABBB4D8D0E702D6B9000B89F');
    expect(problem(text(armored.toSpliced(1, 0, 'Comment: Bob')))).toBe(problem(text(armored)));
  });

  test.each([
    ['with a character changed', text(armored).replace('mDME', 'mDMF'), 'does not match its checksum'],
    ['without an empty line', text(armored.toSpliced(1, 1)), 'has no empty line before its content'],
    ['twice', `${text(armored)}\n${text(armored)}`, 'is truncated or not base64'],
    ['of two keys in one', ofBytes(Buffer.concat([bytes, bytes])), 'contains more than one key'],
    ['cut off', ofBytes(bytes.subarray(0, -3)), 'is truncated'],
    ['without a user', ofBytes(bytes.subarray(0, 53)), 'has no user ID'],
    ['without anything', ofBytes(Buffer.alloc(0)), 'does not begin with a public key'],
    [
      'of a version that is not read',
      ofBytes(Buffer.concat([bytes.subarray(0, 2), Buffer.from([3]), bytes.subarray(3)])),
      'has version 3; supported versions: 4 and 6',
    ],
    ['that begins with a user', ofBytes(bytes.subarray(53)), 'does not begin with a public key'],
    [
      'with a secret in it',
      ofBytes(Buffer.concat([bytes, Buffer.from([0xc0 | 5, 0])])),
      'contains a packet (tag 5) that does not belong in a public key',
    ],
  ])('%s cannot be used', (_, key, message) => {
    expect(problem(key)).toBe(message);
  });

  test('any bytes in the armour are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (blob) => {
        expect(problem(ofBytes(Buffer.from(blob)))).not.toBe('');
      }),
    );
  });
});

test('a key that cannot be parsed is named by its beginning', () => {
  expect(nameOfKey('ssh-ed25519 AAAA')).toBe('ssh-ed25519 AAAA');
});
