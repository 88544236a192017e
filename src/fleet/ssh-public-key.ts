import { createPublicKey, hash, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readSshWire, type SshWire } from './ssh-wire.ts';

export type SshKeyType =
  | 'ssh-ed25519'
  | 'ssh-rsa'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'sk-ssh-ed25519@openssh.com'
  | 'sk-ecdsa-sha2-nistp256@openssh.com';

export interface SshPublicKey {
  readonly kind: 'ssh';
  readonly type: SshKeyType;
  /** Binary form of the key; equal keys have equal binary forms. */
  readonly blob: Buffer;
  readonly key: KeyObject;
  /** Application of a hardware key, usually `ssh:`. */
  readonly application: string | null;
  /** As `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** Parses a line of an OpenSSH public key file; throws RangeError with a message that continues "the key". */
export function parseSshPublicKey(line: string): SshPublicKey {
  const [type = '', base64 = ''] = line.trim().split(' ');
  const blob = Buffer.from(base64, 'base64');
  // Node ignores invalid base64, so two texts could decode to one key; signers are looked up by the text.
  if (blob.toString('base64') !== base64) throw new RangeError('is truncated or not base64');
  const key = readSshPublicKey(blob);
  if (key.type !== type) throw new RangeError(`has type ${key.type} instead of ${type}`);
  return key;
}

/** Parses the binary form (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH's PROTOCOL.u2f); throws RangeError. */
export function readSshPublicKey(blob: Buffer): SshPublicKey {
  const wire = readSshWire(blob);
  const type = typeOf(wire.text());
  const jwk = readers[type](wire);
  const application = type.startsWith('sk-') ? wire.text() : null;
  wire.end();
  return { kind: 'ssh', type, blob, key: keyOf(jwk), application, fingerprint: fingerprintOf(blob) };
}

const readers: Readonly<Record<SshKeyType, (wire: SshWire) => JsonWebKey>> = {
  'ssh-ed25519': ed25519,
  'ssh-rsa': rsa,
  'ecdsa-sha2-nistp256': ecdsa('nistp256', 'P-256', 32),
  'ecdsa-sha2-nistp384': ecdsa('nistp384', 'P-384', 48),
  'ecdsa-sha2-nistp521': ecdsa('nistp521', 'P-521', 66),
  'sk-ssh-ed25519@openssh.com': ed25519,
  'sk-ecdsa-sha2-nistp256@openssh.com': ecdsa('nistp256', 'P-256', 32),
};

function typeOf(name: string): SshKeyType {
  const type = Object.keys(readers).find((known): known is SshKeyType => known === name);
  if (type === undefined) throw new RangeError('has a type that cannot sign');
  return type;
}

function ed25519(wire: SshWire): JsonWebKey {
  const point = wire.bytes();
  if (point.length !== 32) throw new RangeError(`has ${point.length} bytes instead of 32`);
  return { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') };
}

/** NIST SP 800-131A requires at least 2048; OpenSSH supports at most 16384. */
const rsaBits = { least: 2048, most: 16_384 };

function rsa(wire: SshWire): JsonWebKey {
  const exponent = wire.positive();
  const modulus = wire.positive();
  const bits = modulus.length * 8 - Math.clz32(modulus.readUInt8()) + 24;
  if (bits < rsaBits.least || bits > rsaBits.most)
    throw new RangeError(`is an RSA key of ${bits} bits; allowed: ${rsaBits.least} to ${rsaBits.most}`);
  if (exponent.length > 8 || exponent.readUInt8(exponent.length - 1) % 2 === 0 || exponent.equals(one))
    throw new RangeError('has an invalid RSA exponent');
  return { kty: 'RSA', e: exponent.toString('base64url'), n: modulus.toString('base64url') };
}

const one = Buffer.from([1]);

function ecdsa(curve: string, crv: string, size: number): (wire: SshWire) => JsonWebKey {
  return (wire) => {
    if (wire.text() !== curve) throw new RangeError('is on another curve than its type');
    const point = wire.bytes();
    if (point.length !== 1 + 2 * size || point.readUInt8() !== 4)
      throw new RangeError('has no uncompressed point');
    const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)];
    return { kty: 'EC', crv, x: x.toString('base64url'), y: y.toString('base64url') };
  };
}

function keyOf(jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    throw new RangeError('is not a point on its curve');
  }
}

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${hash('sha256', blob, 'base64').replace(/=+$/, '')}`;
}
