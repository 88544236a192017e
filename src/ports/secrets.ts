import type { SecretRef } from '../fleet/config.ts';

/** Resolves references to secrets; throws PL2003 when one is missing, empty, or outside what manifests may name. */
export interface Secrets {
  resolve(ref: SecretRef): Promise<string>;
  /** Replaces every secret resolved so far, plain, base64 and URL-encoded, by `[redacted]`. */
  redact(text: string): string;
}
