import { hash } from 'node:crypto';

export interface PgpPublicKey {
  readonly kind: 'pgp';
  readonly armored: string;
  /** Fingerprint of the primary key, as `gpg --list-keys` prints it. */
  readonly fingerprint: string;
}

/** Packet tags that a public key may contain (RFC 9580 §5). */
const publicKey = 6;
const memberTags: ReadonlySet<number> = new Set([2, publicKey, 12, 13, 14, 17, 21]);

/**
 * Parses an ASCII-armoured public key far enough to know that it is complete, and its fingerprint; its signatures are checked when it is
 * used. Throws RangeError with a message that continues "the key".
 */
export function parsePgpPublicKey(armored: string): PgpPublicKey {
  const packets = packetsOf(dearmor(armored));
  const [first, ...others] = packets;
  if (first?.tag !== publicKey) throw new RangeError('does not begin with a public key');
  if (others.some(({ tag }) => tag === publicKey)) throw new RangeError('contains more than one key');
  const odd = packets.find(({ tag }) => !memberTags.has(tag));
  if (odd !== undefined)
    throw new RangeError(`contains a packet (tag ${odd.tag}) that does not belong in a public key`);
  if (!packets.some(({ tag }) => tag === 13)) throw new RangeError('has no user ID');
  return { kind: 'pgp', armored, fingerprint: fingerprintOf(first.body) };
}

function dearmor(text: string): Buffer {
  const lines = text.trim().split('\n');
  const start = lines.indexOf('');
  if (start < 0) throw new RangeError('has no empty line before its content');
  const content = lines.slice(start + 1, -1).filter((line) => line !== '');
  const checksum = content.at(-1)?.startsWith('=') === true ? content.pop()?.slice(1) : undefined;
  const base64 = content.join('');
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new RangeError('is truncated or not base64');
  if (checksum !== undefined && crc24(bytes) !== checksum)
    throw new RangeError('does not match its checksum');
  return bytes;
}

/** RFC 9580 §6.1.1. */
function crc24(bytes: Buffer): string {
  let crc = 0xb704ce;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x800000 ? 0x1864cfb : 0);
    crc &= 0xffffff;
  }
  return Buffer.from([crc >> 16, crc >> 8, crc]).toString('base64');
}

interface Packet {
  readonly tag: number;
  readonly body: Buffer;
}

function packetsOf(bytes: Buffer): readonly Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { tag, start, length } = headerAt(bytes, at);
    if (start + length > bytes.length) throw new RangeError('is truncated');
    packets.push({ tag, body: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return packets;
}

/** RFC 9580 §4.2; partial lengths are allowed for data packets only. */
function headerAt(bytes: Buffer, at: number) {
  // Bytes past the end read as zero; the length check then reports "truncated".
  const byte = (offset: number) => bytes[at + offset] ?? 0;
  const first = byte(0);
  if (first < 0x80) throw new RangeError('contains data that is not an OpenPGP packet');
  if (first >= 0xc0) {
    const tag = first & 0x3f;
    if (byte(1) < 192) return { tag, start: at + 2, length: byte(1) };
    if (byte(1) < 224) return { tag, start: at + 3, length: (byte(1) - 192) * 256 + byte(2) + 192 };
    if (byte(1) === 255) return { tag, start: at + 6, length: number(bytes, at + 2, 4) };
    throw new RangeError('contains a packet of unknown length');
  }
  const size = [1, 2, 4][first & 3];
  if (size === undefined) throw new RangeError('contains a packet of unknown length');
  return { tag: (first >> 2) & 0xf, start: at + 1 + size, length: number(bytes, at + 1, size) };
}

function number(bytes: Buffer, at: number, size: number): number {
  if (at + size > bytes.length) throw new RangeError('is truncated');
  return bytes.readUIntBE(at, size);
}

/** RFC 9580 §5.5.4. */
function fingerprintOf(body: Buffer): string {
  const head = Buffer.alloc(5);
  switch (body[0]) {
    case 4:
      head[0] = 0x99;
      head.writeUInt16BE(body.length, 1);
      return hash('sha1', Buffer.concat([head.subarray(0, 3), body]), 'hex').toUpperCase();
    case 6:
      head[0] = 0x9b;
      head.writeUInt32BE(body.length, 1);
      return hash('sha256', Buffer.concat([head, body]), 'hex').toUpperCase();
    default:
      throw new RangeError(`has version ${body[0] ?? 0}; supported versions: 4 and 6`);
  }
}
