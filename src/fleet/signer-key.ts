import { type PgpPublicKey, parsePgpPublicKey } from './pgp-public-key.ts';
import { parseSshPublicKey, type SshPublicKey } from './ssh-public-key.ts';

export type SignerKey = SshPublicKey | PgpPublicKey;

/** Parses a key that may sign commits; throws RangeError with a message that continues "the key". */
export function parseSignerKey(text: string): SignerKey {
  return text.startsWith('-----BEGIN PGP') ? parsePgpPublicKey(text) : parseSshPublicKey(text);
}

/** Name of a key in messages: its fingerprint, or the beginning of the text when it cannot be parsed. */
export function nameOfKey(text: string): string {
  try {
    return parseSignerKey(text).fingerprint;
  } catch {
    return text.slice(0, 40);
  }
}
