import { generateKeyPairSync, hash, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSignatures } from '../../../src/adapters/signatures/create-signatures.ts';
import { verifySsh } from '../../../src/adapters/signatures/ssh-signature.ts';
import { sshString } from '../../../src/fleet/ssh-wire.ts';

const payload = Buffer.from('tree 0\n\na change\n');
const pair = generateKeyPairSync('ed25519');
const point = Buffer.from(pair.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
const plainKey = Buffer.concat([sshString('ssh-ed25519'), sshString(point)]);
const ada = { principal: 'ada@acme.example', key: `ssh-ed25519 ${plainKey.toString('base64')}` };

const covered = (namespace: string, digest = 'sha512') =>
  Buffer.concat([
    Buffer.from('SSHSIG'),
    sshString(namespace),
    sshString(''),
    sshString(digest),
    sshString(hash(digest, payload, 'buffer')),
  ]);

interface Parts {
  readonly magic: string;
  readonly version: number;
  readonly key: Buffer;
  readonly namespace: string;
  readonly reserved: string;
  readonly digest: string;
  readonly value: Buffer;
  readonly after: string;
}

const sound: Parts = {
  magic: 'SSHSIG',
  version: 1,
  key: plainKey,
  namespace: 'git',
  reserved: '',
  digest: 'sha512',
  value: Buffer.concat([sshString('ssh-ed25519'), sshString(sign(null, covered('git'), pair.privateKey))]),
  after: '',
};

function armored(parts: Partial<Parts> = {}): string {
  const { magic, version, key, namespace, reserved, digest, value, after } = { ...sound, ...parts };
  const number = Buffer.alloc(4);
  number.writeUInt32BE(version);
  const blob = Buffer.concat([
    Buffer.from(magic),
    number,
    ...[key, namespace, reserved, digest, value].map(sshString),
    Buffer.from(after),
  ]);
  return armor(blob);
}

function armor(blob: Buffer): string {
  const lines = blob.toString('base64').replace(/.{70}/g, '$&\n');
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
}

const verdict = (signature: string, allowed = [ada]) => verifySsh({ payload, signature }, allowed);
const rejection = (signature: string, allowed = [ada]) => {
  const found = verdict(signature, allowed);
  return found.kind === 'rejected' ? found.message : 'verified';
};

test('a sound signature is verified', () => {
  expect(verdict(armored())).toMatchObject({ kind: 'verified', principal: 'ada@acme.example' });
});

test.each<[string, Partial<Parts>, string]>([
  ['another format', { magic: 'SSHSIX' }, 'it is none'],
  ['a later version', { version: 2 }, 'it is of version 2'],
  ['another namespace', { namespace: 'file' }, 'it was made for "file"'],
  ['no namespace', { namespace: '' }, 'it was made for ""'],
  ['data in the reserved field', { reserved: 'x' }, 'it uses what is reserved'],
  ['a hash that is too weak', { digest: 'sha1' }, 'its hash is unknown'],
  ['another hash than was signed', { digest: 'sha256' }, 'does not match what it says'],
  ['bytes after its end', { after: 'x' }, 'there is data after its end'],
  ['a key that is none', { key: Buffer.from('x') }, 'it is truncated'],
  [
    'a key of SSH certificates',
    { key: sshString('ssh-ed25519-cert-v01@openssh.com') },
    'has a type that cannot sign',
  ],
  [
    'bytes after the end of its key',
    { key: Buffer.concat([plainKey, Buffer.from([0])]) },
    'there is data after its end',
  ],
  ['no value', { value: Buffer.alloc(0) }, 'it is truncated'],
  [
    'the algorithm of another key',
    { value: Buffer.concat([sshString('ssh-rsa'), sshString('x')]) },
    'does not match',
  ],
])('one with %s is rejected', (_, parts, message) => {
  expect(rejection(armored(parts))).toContain(message);
});

test.each([
  ['text before it', `x${armored()}`],
  ['text after it', `${armored()}x`],
  ['two of them', armored() + armored()],
  ['no end', armored().replace(/-----END.*/, '')],
  ['no content', '-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n'],
])('an armour with %s is rejected', (_, signature) => {
  expect(rejection(signature)).toBe('has an SSH signature that cannot be used: its armour is broken');
});

test('signers with unreadable or OpenPGP keys verify nothing and do not affect others', () => {
  const odd = [
    { principal: 'broken@acme.example', key: 'ssh-ed25519 AAAA' },
    { principal: 'pgp@acme.example', key: '-----BEGIN PGP PUBLIC KEY BLOCK-----' },
  ];
  expect(verdict(armored(), [...odd, ada])).toMatchObject({ principal: 'ada@acme.example' });
  expect(rejection(armored(), odd)).toContain('not allowed');
});

test('any bytes in the armour give a verdict, and only valid ones are verified', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      expect(verdict(armor(Buffer.from(bytes))).kind).toBe('rejected');
    }),
  );
  const blob = Buffer.from(armored().split('\n').slice(1, -2).join(''), 'base64');
  fc.assert(
    fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const other = Buffer.from(blob);
      other.writeUInt8(other.readUInt8(at) ^ change, at);
      expect(verdict(armor(other)).kind).toBe('rejected');
    }),
  );
});

test('any text gives a verdict', async () => {
  const heads = ['', '-----BEGIN SSH SIGNATURE-----\n', '-----BEGIN PGP SIGNATURE-----\n\n'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...heads), fc.string({ maxLength: 300 }), async (head, text) => {
      const found = await createSignatures().verify({ payload, signature: head + text }, [ada], 0);
      expect(found.kind).toBe('rejected');
    }),
  );
});

describe('hardware keys', () => {
  const application = 'ssh:';
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = ec.publicKey.export({ format: 'jwk' });
  const ecPoint = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const kinds = [
    {
      type: 'sk-ssh-ed25519@openssh.com',
      blob: Buffer.concat(['sk-ssh-ed25519@openssh.com', point, application].map(sshString)),
      sign: (data: Buffer) => sign(null, data, pair.privateKey),
    },
    {
      type: 'sk-ecdsa-sha2-nistp256@openssh.com',
      blob: Buffer.concat(
        ['sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', ecPoint, application].map(sshString),
      ),
      sign: (data: Buffer) => ecdsa(data, ec.privateKey),
    },
  ];

  const touched = (kind: (typeof kinds)[number], flags: number, counter = 7) => {
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags);
    tail.writeUInt32BE(counter, 1);
    const data = Buffer.concat([
      hash('sha256', application, 'buffer'),
      tail,
      hash('sha256', covered('git'), 'buffer'),
    ]);
    return Buffer.concat([sshString(kind.type), sshString(kind.sign(data)), tail]);
  };

  test.each(kinds)('$type: a signature counts only when somebody touched the key', (kind) => {
    const signer = { principal: 'ada@acme.example', key: `${kind.type} ${kind.blob.toString('base64')}` };
    const signature = (flags: number) => armored({ key: kind.blob, value: touched(kind, flags) });
    expect(verdict(signature(1), [signer])).toMatchObject({ kind: 'verified' });
    expect(verdict(signature(5), [signer])).toMatchObject({ kind: 'verified' });
    expect(rejection(signature(0), [signer])).toContain('does not match');
    const other = touched(kind, 1);
    other.writeUInt8(5, other.length - 5);
    expect(rejection(armored({ key: kind.blob, value: other }), [signer])).toContain('does not match');
  });
});

/** As SSH writes it: two numbers. */
function ecdsa(data: Buffer, key: KeyObject): Buffer {
  const value = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
  return Buffer.concat(
    [value.subarray(0, 32), value.subarray(32)].map((number) => sshString(positive(number))),
  );
}

function positive(number: Buffer): Buffer {
  const start = number.findIndex((byte) => byte !== 0);
  const digits = number.subarray(start);
  return digits.readUInt8() >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits;
}
