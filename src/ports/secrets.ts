import type { SecretGrant, SecretUse } from '../fleet/secret-grants.ts';
import type { SecretRef } from '../fleet/secret-ref.ts';

/**
 * Reads a file of the commit whose manifests name the secret, by its path from the root. Throws PL2032 when it is not a file of that
 * commit, is a symlink, or is too large.
 */
export type RepositoryFiles = (path: string) => Promise<Uint8Array>;

/** What a secret is needed for, and the grants that decide whether it may be used for that. */
export interface JudgedUse extends SecretUse {
  readonly grants: readonly SecretGrant[];
}

/**
 * Resolves references to secrets. Throws PL2003 when one is missing, empty, or not allowed in manifests, and PL2030–PL2038
 * when a SOPS file cannot be read or decrypted.
 */
export interface Secrets {
  /** `files` is needed for references into SOPS files of the repository. Throws PL2039 for a use that no grant allows. */
  resolve(ref: SecretRef, use: JudgedUse, files?: RepositoryFiles): Promise<string>;
  /** A variable that the settings of the controller name, and no manifest can. */
  own(variable: string): Promise<string>;
  /** Replaces every secret resolved so far, plain, base64 and URL-encoded, by `[redacted]`. */
  redact(text: string): string;
}
