import { type PgpPublicKey, parsePgpPublicKey } from './pgp-public-key.ts';
import { parseSshPublicKey, type SshPublicKey } from './ssh-public-key.ts';

export type SignerKey = SshPublicKey | PgpPublicKey;

/** A key that may sign commits, as manifests name it; throws RangeError, whose message goes on from "the key". */
export function parseSignerKey(text: string): SignerKey {
  return text.startsWith('-----BEGIN PGP') ? parsePgpPublicKey(text) : parseSshPublicKey(text);
}

/** How a key is named in messages: its fingerprint, or a beginning of it where it cannot be read. */
export function nameOfKey(text: string): string {
  try {
    return parseSignerKey(text).fingerprint;
  } catch {
    return text.slice(0, 40);
  }
}
