import type { CommitSha } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import { errors } from '../fleet/error-catalogue.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import type { Deps } from '../ports/index.ts';
import { type RecordedTrust, recordedTrust } from '../record/recorded-trust.ts';
import { type Accepted, readAccepted, writeAccepted } from './accepted.ts';
import { configAt } from './config-at.ts';
import { isAncestor, isHere } from './history.ts';
import { judgeHistory, orTrust } from './judge-history.ts';

export interface Acceptance {
  /** The accepted commit; null when no commit may be applied. */
  readonly commit: CommitSha | null;
  /** Allowed signers of later commits; empty when signatures are not checked. */
  readonly signers: readonly AllowedSigner[];
  /** Why the newest commit is not applied. */
  readonly refusal: Refusal | null;
}

export interface AcceptOptions {
  /** Commit that an operator trusts with its history, regardless of signatures. */
  readonly trustedCommit?: CommitSha | undefined;
  /** Records of the branch `statusBranch`. */
  readonly recorded: RecordedFleet;
  readonly statusBranch: string;
  /** Loads the records of another branch. */
  readonly readRecords: (branch: string) => Promise<RecordedFleet>;
  /** Nothing is stored. */
  readonly dryRun: boolean;
}

type AcceptDeps = Pick<Deps, 'git' | 'store' | 'signatures' | 'clock' | 'log'>;

/**
 * Decides which commit is applied: the newest one or, if signatures are required and it lacks a valid one, the last accepted one. The accepted
 * commit is kept in the store. Without it, trust starts at the first of: the commit that the controller pins, the commit that the
 * records name, the newest commit.
 */
export async function acceptCommit(
  deps: AcceptDeps,
  tip: CommitSha,
  options: AcceptOptions,
): Promise<Acceptance> {
  const start = await whereTrustBegins(deps, tip, options);
  if (start.kind === 'nowhere') return refuse(deps, null, start.refusal);
  const { accepted } = start;
  if (accepted.commit === tip) return remember(deps, accepted, options);
  const judged = await judgeHistory(deps, accepted, tip, deps.clock.now());
  if (judged.kind === 'accepted') {
    if (accepted.signers.length > 0)
      deps.log.info({ commit: tip, from: accepted.commit }, 'all new commits are signed by allowed signers');
    return remember(deps, judged.accepted, options);
  }
  const { signers } = remember(deps, accepted, options);
  const commit = (await isHere(deps.git, accepted.commit)) ? accepted.commit : null;
  return { ...refuse(deps, commit, judged.refusal), signers };
}

type Start =
  | { readonly kind: 'at'; readonly accepted: Accepted }
  | { readonly kind: 'nowhere'; readonly refusal: Refusal };

async function whereTrustBegins(deps: AcceptDeps, tip: CommitSha, options: AcceptOptions): Promise<Start> {
  const own = readAccepted(deps.store);
  if (own?.commit === tip) return { kind: 'at', accepted: own };
  const pinned = await pinnedStart(deps, own, tip, options.trustedCommit);
  if (pinned?.kind === 'nowhere') return pinned;
  const known = pinned?.accepted ?? own;
  if (known?.commit === tip) return { kind: 'at', accepted: known };
  if (known !== null && known.signers.length === 0) return { kind: 'at', accepted: known };
  const recorded = recordedTrust(own === null ? await bestRecords(deps, tip, options) : options.recorded);
  if (known === null) return await recordedStart(deps, recorded, tip);
  return await furtherOn(deps, known, recorded, tip, own === null);
}

/** A pin moves trust forward, and never back behind the last accepted commit. Null when it does not apply. */
async function pinnedStart(
  deps: AcceptDeps,
  own: Accepted | null,
  tip: CommitSha,
  pin: CommitSha | undefined,
): Promise<Start | null> {
  if (pin === undefined || (own !== null && (await isAncestor(deps.git, pin, own.commit)))) return null;
  if (await isAncestor(deps.git, pin, tip)) return { kind: 'at', accepted: await acceptedAt(deps, pin) };
  return own === null ? { kind: 'nowhere', refusal: pinIsElsewhere(pin, tip) } : null;
}

/** The store is lost, and nothing is pinned: uses the records, although anybody who may push to their branch could have written them. */
async function recordedStart(
  deps: AcceptDeps,
  { revision, signed }: RecordedTrust,
  tip: CommitSha,
): Promise<Start> {
  if (revision === null) return { kind: 'at', accepted: await firstUse(deps, tip) };
  if (await isHere(deps.git, revision)) {
    const accepted = await acceptedAt(deps, revision);
    if (accepted.signers.length > 0)
      deps.log.warn(
        { commit: revision },
        'the allowed signers are read from the commit that the records name',
      );
    return { kind: 'at', accepted };
  }
  return signed
    ? { kind: 'nowhere', refusal: recordIsElsewhere(revision, tip) }
    : { kind: 'at', accepted: await firstUse(deps, tip) };
}

/**
 * A recorded commit after the known one (from a pin, or from a store that was restored from a backup) shows that the branch has been
 * there: it must not go back behind it. Records cannot make a commit trusted: history up to there is checked like any other.
 */
async function furtherOn(
  deps: AcceptDeps,
  known: Accepted,
  { revision }: RecordedTrust,
  tip: CommitSha,
  storeIsLost: boolean,
): Promise<Start> {
  const start: Start = { kind: 'at', accepted: known };
  if (revision === null || (await isAncestor(deps.git, revision, known.commit))) return start;
  if (!(await isAncestor(deps.git, known.commit, revision)))
    return storeIsLost ? { kind: 'nowhere', refusal: recordIsElsewhere(revision, tip) } : start;
  const judged = await judgeHistory(deps, known, revision, deps.clock.now());
  if (judged.kind === 'accepted') return { kind: 'at', accepted: judged.accepted };
  return storeIsLost ? { kind: 'nowhere', refusal: judged.refusal } : start;
}

/** From the fetched branch, or else from the one that the newest commit names: without a store no other branch is known. */
async function bestRecords(deps: AcceptDeps, tip: CommitSha, options: AcceptOptions): Promise<RecordedFleet> {
  if (recordedTrust(options.recorded).revision !== null) return options.recorded;
  const branch = (await configAt(deps.git, tip))?.statusBranch ?? options.statusBranch;
  return branch === options.statusBranch ? options.recorded : await options.readRecords(branch);
}

async function acceptedAt({ git }: AcceptDeps, commit: CommitSha): Promise<Accepted> {
  return { commit, signers: (await configAt(git, commit))?.allowedSigners ?? [] };
}

async function firstUse(deps: AcceptDeps, tip: CommitSha): Promise<Accepted> {
  const accepted = await acceptedAt(deps, tip);
  const principals = accepted.signers.map(({ principal }) => principal);
  if (principals.length > 0)
    deps.log.warn(
      { commit: tip, principals },
      'the first commit is trusted; it names the allowed signers from now on',
    );
  return accepted;
}

function remember({ store }: AcceptDeps, accepted: Accepted, { dryRun }: AcceptOptions): Acceptance {
  if (!dryRun) writeAccepted(store, accepted);
  return { commit: accepted.commit, signers: accepted.signers, refusal: null };
}

function refuse({ log }: AcceptDeps, inForce: CommitSha | null, refusal: Refusal): Acceptance {
  const { code, tip, message, nextStep } = refusal;
  log.error({ code, commit: tip, inForce, message, hint: nextStep }, 'the newest commit is not applied');
  return { commit: inForce, signers: [], refusal };
}

function pinIsElsewhere(pin: CommitSha, tip: CommitSha): Refusal {
  return {
    code: errors.historyDiverged,
    tip,
    message: `${tip.slice(0, 12)} does not descend from ${pin.slice(0, 12)}, which PRESSLUFT_TRUSTED_COMMIT names, and no other commit is trusted`,
    nextStep: `Push the branch that contains ${pin.slice(0, 12)}; ${orTrust(tip)}`,
  };
}

function recordIsElsewhere(revision: CommitSha, tip: CommitSha): Refusal {
  return {
    code: errors.historyDiverged,
    tip,
    message: `the records name ${revision.slice(0, 12)} as the last applied commit; ${tip.slice(0, 12)} does not descend from it, and the store of this controller has no accepted commit`,
    nextStep: `Push the branch that contains ${revision.slice(0, 12)}; ${orTrust(tip)}`,
  };
}
