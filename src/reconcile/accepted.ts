import { type CommitSha, parseCommitSha } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { Store } from '../ports/store.ts';

/** An accepted commit, and the allowed signers of later commits. */
export interface Accepted {
  readonly commit: CommitSha;
  /** Empty: signatures are not checked. */
  readonly signers: readonly AllowedSigner[];
}

const key = 'accepted-commit';

export function readAccepted(store: Pick<Store, 'getValue'>): Accepted | null {
  const text = store.getValue(key);
  if (text === null) return null;
  const accepted = parse(text);
  if (accepted !== undefined) return accepted;
  // Ignoring it would mean to trust the next commit, whoever made it.
  throw new PressluftError(errors.storeUnusable, 'the accepted commit in the store cannot be read', {
    hint: 'Restore the state directory from a backup; see "Signed commits" in docs/operations.md before you delete it.',
  });
}

/** Writes only if something changed. */
export function writeAccepted(store: Pick<Store, 'getValue' | 'putValue'>, accepted: Accepted): void {
  const text = JSON.stringify(accepted);
  if (store.getValue(key) !== text) store.putValue(key, text);
}

function parse(text: string): Accepted | undefined {
  try {
    const { commit, signers } = JSON.parse(text) as { commit?: unknown; signers?: unknown };
    const sha = parseCommitSha(typeof commit === 'string' ? commit : '');
    if (sha === undefined || !Array.isArray(signers) || !signers.every(isSigner)) return undefined;
    return { commit: sha, signers };
  } catch {
    return undefined;
  }
}

function isSigner(value: unknown): value is AllowedSigner {
  if (typeof value !== 'object' || value === null) return false;
  const { principal, key: publicKey } = value as { principal?: unknown; key?: unknown };
  return typeof principal === 'string' && typeof publicKey === 'string';
}
