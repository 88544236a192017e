import { createHash, hash, verify } from 'node:crypto';
import type { AllowedSigner } from '../../fleet/config.ts';
import { readSshPublicKey, type SshPublicKey } from '../../fleet/ssh-public-key.ts';
import { readSshWire, sshString } from '../../fleet/ssh-wire.ts';
import type { SignatureVerdict, SignedBytes } from '../../ports/signatures.ts';

/** The namespace of git signatures; signatures of files or logins have another one and are rejected here. */
const namespace = 'git';
const magic = Buffer.from('SSHSIG');
const hashes: ReadonlySet<string> = new Set(['sha256', 'sha512']);

interface SshSignature {
  readonly signer: SshPublicKey;
  readonly hash: string;
  readonly algorithm: string;
  readonly value: Buffer;
  /** For a hardware key: flags (one byte) and its signature counter. */
  readonly touch: { readonly flags: number; readonly counter: number } | null;
}

/** Checks a signature as OpenSSH's PROTOCOL.sshsig describes it and `ssh-keygen -Y verify` does. */
export function verifySsh(
  { payload, signature }: SignedBytes,
  allowed: readonly AllowedSigner[],
): SignatureVerdict {
  let parsed: SshSignature;
  try {
    parsed = parseSignature(signature);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return rejected(`has an SSH signature that cannot be used: ${error.message}`);
  }
  const { signer } = parsed;
  const line = `${signer.type} ${signer.blob.toString('base64')}`;
  const owner = allowed.find(({ key }) => key === line || key.startsWith(`${line} `));
  if (owner === undefined) return rejected(`is signed by a key that is not allowed: ${signer.fingerprint}`);
  if (!isMadeBy(signer, parsed, payload))
    return rejected(`has a signature of ${owner.principal} that does not match what it says`);
  return { kind: 'verified', principal: owner.principal, fingerprint: signer.fingerprint };
}

function parseSignature(armored: string): SshSignature {
  const [, base64] =
    /^-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n*$/.exec(armored) ?? [
      undefined,
      undefined,
    ];
  if (base64 === undefined) throw new RangeError('its armour is broken');
  const bytes = Buffer.from(base64.replaceAll('\n', ''), 'base64');
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new RangeError('it is none');
  const wire = readSshWire(bytes.subarray(magic.length));
  const version = wire.uint32();
  if (version !== 1) throw new RangeError(`it is of version ${version}`);
  const signer = readSshPublicKey(wire.bytes());
  const space = wire.text();
  if (space !== namespace) throw new RangeError(`it was made for "${space.slice(0, 40)}", and not for git`);
  if (wire.bytes().length > 0) throw new RangeError('it uses what is reserved');
  const digest = wire.text();
  if (!hashes.has(digest)) throw new RangeError('its hash is unknown');
  const inner = readSshWire(wire.bytes());
  wire.end();
  const algorithm = inner.text();
  const value = inner.bytes();
  const touch = signer.application === null ? null : { flags: inner.byte(), counter: inner.uint32() };
  inner.end();
  return { signer, hash: digest, algorithm, value, touch };
}

function isMadeBy(signer: SshPublicKey, signature: SshSignature, payload: Uint8Array): boolean {
  const { algorithm, value } = signature;
  const data = coveredBytes(signer, signature, payload);
  switch (signer.type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com':
      return algorithm === signer.type && data !== null && verify(null, data, signer.key, value);
    case 'ssh-rsa': {
      // `ssh-rsa` as an algorithm is SHA-1.
      const digest = rsaHashes.get(algorithm);
      return digest !== undefined && data !== null && verify(digest, data, signer.key, padded(signer, value));
    }
    case 'ecdsa-sha2-nistp256':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return algorithm === signer.type && isEcdsa('sha256', 32, signer, data, value);
    case 'ecdsa-sha2-nistp384':
      return algorithm === signer.type && isEcdsa('sha384', 48, signer, data, value);
    case 'ecdsa-sha2-nistp521':
      return algorithm === signer.type && isEcdsa('sha512', 66, signer, data, value);
    default:
      return signer.type satisfies never;
  }
}

/** Some agents omit leading zeros of a number. */
function padded({ key }: SshPublicKey, value: Buffer): Buffer {
  const size = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
  return Buffer.concat([Buffer.alloc(Math.max(0, size - value.length)), value]);
}

const rsaHashes: ReadonlyMap<string, string> = new Map([
  ['rsa-sha2-256', 'sha256'],
  ['rsa-sha2-512', 'sha512'],
]);

/** The bytes that the key itself signed; null when a hardware key signed without a touch. */
function coveredBytes(
  { application }: SshPublicKey,
  signature: SshSignature,
  payload: Uint8Array,
): Buffer | null {
  const digest = createHash(signature.hash).update(payload).digest();
  const covered = Buffer.concat([
    magic,
    sshString(namespace),
    sshString(''),
    sshString(signature.hash),
    sshString(digest),
  ]);
  if (application === null || signature.touch === null) return covered;
  const { flags, counter } = signature.touch;
  if ((flags & userPresent) === 0) return null;
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags);
  tail.writeUInt32BE(counter, 1);
  return Buffer.concat([hash('sha256', application, 'buffer'), tail, hash('sha256', covered, 'buffer')]);
}

const userPresent = 1;

function isEcdsa(
  digest: string,
  size: number,
  { key }: SshPublicKey,
  data: Buffer | null,
  value: Buffer,
): boolean {
  if (data === null) return false;
  let numbers: readonly Buffer[];
  try {
    const wire = readSshWire(value);
    numbers = [wire.positive(), wire.positive()];
    wire.end();
  } catch {
    return false;
  }
  if (numbers.some(({ length }) => length > size)) return false;
  const fixed = numbers.map((number) => Buffer.concat([Buffer.alloc(size - number.length), number]));
  return verify(digest, data, { key, dsaEncoding: 'ieee-p1363' }, Buffer.concat(fixed));
}

function rejected(message: string): SignatureVerdict {
  return { kind: 'rejected', message };
}
