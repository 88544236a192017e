import type { AllowedSigner } from '../fleet/config.ts';

/** A signature and the bytes that it must cover. */
export interface SignedBytes {
  readonly payload: Uint8Array;
  /** ASCII armour: an SSH signature of the namespace `git`, or an OpenPGP signature. */
  readonly signature: string;
}

export type SignatureVerdict =
  | {
      readonly kind: 'verified';
      readonly principal: string;
      /** Fingerprint of the key, as `ssh-keygen -l` or `gpg --list-keys` print it. */
      readonly fingerprint: string;
    }
  /** `message` continues "the commit …": `is signed by a key that is not allowed: SHA256:…`. */
  | { readonly kind: 'rejected'; readonly message: string };

/** Checks of signatures against keys; no configuration, keyring or agent of a user is used. */
export interface Signatures {
  /**
   * Verified when one of the allowed keys made the signature and is neither expired nor revoked at `at` (wall clock, ms). Returns a
   * verdict for any bytes; never throws.
   */
  verify(signed: SignedBytes, allowed: readonly AllowedSigner[], at: number): Promise<SignatureVerdict>;
}
