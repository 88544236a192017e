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

/** More than any branch gets between two fetches, and few enough to check in a pass. */
const maxCommits = 10_000;

/**
 * Whether history from what is trusted to `tip` may be applied. Every commit that is new counts, those of merged branches too: each
 * must be signed by somebody whom every commit that it builds on allows (for old commits, and for a history without a beginning: whom
 * what is trusted allows). So a commit never allows its own signer, a signature vouches for nothing but its own commit, and it makes no
 * difference at which commits a fetch happens to look.
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

/** The same for what `tip` has and the trusted commit has not, whether it builds on that or not. */
export async function judgeCommits(
  deps: JudgeDeps,
  trusted: Accepted,
  tip: CommitSha,
  at: number,
): Promise<Judgement> {
  try {
    return await judgeEach(deps, trusted, tip, at);
  } catch (error) {
    // Nobody may stop the whole loop by pushing an object that cannot be read.
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
    // What cannot be read changes nothing about who may sign.
    const config = await configAt(git, step.sha);
    signersAfter.set(step.sha, config?.allowedSigners ?? allowed ?? []);
  }
  return accepted(tip, signersAfter.get(tip) ?? trusted.signers);
}

/** Null when signatures are in force on no side. */
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
  const below = commit === tip ? '' : `, and ${short(tip)} builds on it`;
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
    message: `${short(tip)} does not build on ${short(from)}, which was accepted last; a signature does not say that history may go back`,
    nextStep: `Push a branch that builds on ${short(from)} (to undo something, use \`git revert\`); ${orTrust(tip)}`,
  };
}

function tooMany(tip: CommitSha): Refusal {
  return {
    code: errors.commitUnsigned,
    tip,
    message: `more than ${maxCommits} commits are new, too many to check their signatures`,
    nextStep: `Push them in parts; ${orTrust(tip)}`,
  };
}

function cannotBeRead(tip: CommitSha, message: string): Refusal {
  return {
    code: errors.commitUnsigned,
    tip,
    message: `the signatures of what is new cannot be checked: ${printable(message)}`,
    nextStep: `Take what cannot be read off the branch, if it stays so after the next fetch; ${orTrust(tip)}`,
  };
}

/** The way out that needs the controller, and no signature. */
export function orTrust(tip: CommitSha): string {
  return `or read ${short(tip)} and, if it is right, start Pressluft with PRESSLUFT_TRUSTED_COMMIT=${tip}.`;
}

function short(commit: CommitSha): string {
  return commit.slice(0, 12);
}
