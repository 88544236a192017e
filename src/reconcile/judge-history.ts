import type { CommitSha } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import { printable } from '../fleet/printable.ts';
import type { Refusal } from '../fleet/refusal.ts';
import { nameOfKey } from '../fleet/signer-key.ts';
import type { GitReader, HistoryStep } from '../ports/git-repository.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { Accepted } from './accepted.ts';
import { configAt } from './config-at.ts';
import { isAncestor } from './history.ts';

export interface JudgeDeps {
  readonly git: Pick<GitReader, 'list' | 'read' | 'signature' | 'commitsBetween'>;
  readonly signatures: Signatures;
}

export type Judgement =
  | { readonly kind: 'accepted'; readonly accepted: Accepted }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** More than any branch receives between two fetches, and few enough to check in a pass. */
const maxCommits = 10_000;

/**
 * Decides whether the history from the trusted commit to `tip` may be applied. Checks every new commit, including those of merged branches: each
 * must be signed by a signer whom all of its parents allow (for parents that are old, or missing from the history: whom the trusted
 * commit allows). So a commit never allows its own signer, a signature covers only its own commit, and the result does not depend on
 * the commits at which fetches happen.
 */
export async function judgeHistory(
  deps: JudgeDeps,
  trusted: Accepted,
  tip: CommitSha,
  at: number,
): Promise<Judgement> {
  if (trusted.signers.length === 0)
    return accepted(tip, (await configAt(deps.git, tip))?.allowedSigners ?? trusted.signers);
  if (!(await isAncestor(deps.git, trusted.commit, tip))) return refused(leadsAway(trusted.commit, tip));
  return judgeCommits(deps, trusted, tip, at);
}

/** The same for all commits of `tip` that the trusted commit does not have, even if `tip` does not descend from it. */
export async function judgeCommits(
  deps: JudgeDeps,
  trusted: Accepted,
  tip: CommitSha,
  at: number,
): Promise<Judgement> {
  try {
    return await judgeEach(deps, trusted, tip, at);
  } catch (error) {
    // A pushed object that cannot be read must not stop the whole loop.
    if (isPressluftError(error, errors.cloneIncomplete)) return refused(cannotBeRead(tip, error.message));
    throw error;
  }
}

async function judgeEach(deps: JudgeDeps, trusted: Accepted, tip: CommitSha, at: number): Promise<Judgement> {
  const { git } = deps;
  const steps = await git.commitsBetween(trusted.commit, tip, maxCommits + 1);
  if (steps.length > maxCommits) return refused(tooMany(tip));

  const signersAfter = new Map<CommitSha, readonly AllowedSigner[]>();
  for (const step of steps) {
    const before = step.parents.map((parent) => signersAfter.get(parent) ?? trusted.signers);
    const allowed = allowedByAll(before.length === 0 ? [trusted.signers] : before);
    if (allowed !== null) {
      const wrong = await whatIsWrong(deps, step, allowed, at);
      if (wrong !== null) return refused(notSigned(step.sha, wrong, tip));
    }
    // A file that cannot be read does not change the allowed signers.
    const config = await configAt(git, step.sha);
    signersAfter.set(step.sha, config?.allowedSigners ?? allowed ?? []);
  }
  return accepted(tip, signersAfter.get(tip) ?? trusted.signers);
}

/** Null when neither side requires signatures. */
function allowedByAll(sides: readonly (readonly AllowedSigner[])[]): readonly AllowedSigner[] | null {
  const [first, ...others] = sides.filter((signers) => signers.length > 0);
  if (first === undefined) return null;
  const named = others.map((signers) => new Set(signers.map(({ key }) => nameOfKey(key))));
  return first.filter(({ key }) => named.every((names) => names.has(nameOfKey(key))));
}

async function whatIsWrong(
  { git, signatures }: JudgeDeps,
  { sha }: HistoryStep,
  allowed: readonly AllowedSigner[],
  at: number,
): Promise<string | null> {
  const signature = await git.signature(sha);
  switch (signature.kind) {
    case 'unsigned':
      return 'is not signed';
    case 'malformed':
      return signature.message;
    case 'signed': {
      const verdict = await signatures.verify(signature, allowed, at);
      return verdict.kind === 'verified' ? null : verdict.message;
    }
    default:
      return signature satisfies never;
  }
}

function accepted(commit: CommitSha, signers: readonly AllowedSigner[]): Judgement {
  return { kind: 'accepted', accepted: { commit, signers } };
}

function refused(refusal: Refusal): Judgement {
  return { kind: 'refused', refusal };
}

function notSigned(commit: CommitSha, wrong: string, tip: CommitSha): Refusal {
  const below = commit === tip ? '' : `, and ${short(tip)} descends from it`;
  return {
    code: errors.commitUnsigned,
    tip,
    message: `commit ${short(commit)} ${printable(wrong)}${below}`,
    nextStep: `Push ${commit === tip ? 'it' : 'the branch'} again with every new commit signed by an allowed signer; ${orTrust(tip)}`,
  };
}

function leadsAway(from: CommitSha, tip: CommitSha): Refusal {
  return {
    code: errors.historyDiverged,
    tip,
    message: `${short(tip)} does not descend from ${short(from)}, the last accepted commit; signatures do not permit to go back in history`,
    nextStep: `Push a branch that descends from ${short(from)} (to undo something, use \`git revert\`); ${orTrust(tip)}`,
  };
}

function tooMany(tip: CommitSha): Refusal {
  return {
    code: errors.commitUnsigned,
    tip,
    message: `there are more than ${maxCommits} new commits, too many to check their signatures`,
    nextStep: `Push them in parts; ${orTrust(tip)}`,
  };
}

function cannotBeRead(tip: CommitSha, message: string): Refusal {
  return {
    code: errors.commitUnsigned,
    tip,
    message: `the signatures of the new commits cannot be checked: ${printable(message)}`,
    nextStep: `If this remains after the next fetch, remove the unreadable commits from the branch; ${orTrust(tip)}`,
  };
}

/** The alternative that needs access to the controller, and no signature. */
export function orTrust(tip: CommitSha): string {
  return `or read ${short(tip)} and, if it is right, start Pressluft with PRESSLUFT_TRUSTED_COMMIT=${tip}.`;
}

function short(commit: CommitSha): string {
  return commit.slice(0, 12);
}
