import { sha256Hex } from '../../fleet/digest.ts';
import type { Diagnostic } from './diagnostic.ts';

/**
 * One fingerprint per finding, in order: unique within the list, and the same for the same finding in another run even if lines were
 * added above it. Forges use it to find out which findings are new.
 */
export function fingerprints(diagnostics: readonly Diagnostic[]): readonly string[] {
  const seen = new Map<string, number>();
  return diagnostics.map(({ code, file, message, resource }) => {
    const identity = JSON.stringify([code, file, resource ?? '', message]);
    const occurrence = seen.get(identity) ?? 0;
    seen.set(identity, occurrence + 1);
    return sha256Hex(`${identity} ${occurrence}`);
  });
}
