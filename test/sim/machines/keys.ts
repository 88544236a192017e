import { createHash } from 'node:crypto';

export interface KeyPair {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** A key pair in the format of ssh-keygen, derived from its seed; it cannot sign anything. */
export function keyPair(seed: string, comment: string): KeyPair {
  const secret = createHash('sha256').update(`private ${seed}`).digest();
  const point = createHash('sha256').update(`public ${seed}`).digest();
  const blob = Buffer.concat([text('ssh-ed25519'), text(point)]).toString('base64');
  const body = Buffer.concat([Buffer.from('openssh-key-v1\0'), text(point), text(secret)]).toString('base64');
  return {
    publicKey: `ssh-ed25519 ${blob} ${comment}`,
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

/** A string of the SSH protocol: its length, then its bytes (RFC 4251, 5). */
function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
