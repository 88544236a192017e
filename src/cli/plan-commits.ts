import { resolve } from 'node:path';
import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../fleet/errors.ts';
import type { KnownFacts, LoadedFleet } from '../manifest/index.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { factsNow } from '../reconcile/facts.ts';
import { loadDesired } from '../reconcile/load-desired.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import type { CliContext } from './context.ts';
import type { PlanRequest, PlanSource } from './plan-source.ts';

/** The manifests of a commit or of a directory. */
export interface Described {
  /** Null for a directory. */
  readonly commit: CommitSha | null;
  readonly manifests: LoadedFleet;
}

/** The commit to plan, and the base that it is compared with. */
export async function describedCommits(
  context: CliContext,
  flags: PlanRequest,
  source: PlanSource,
): Promise<{ readonly head: Described; readonly base: Described | null }> {
  const tips = await fetchOrSkip(source, flags, context.signal);
  const base = flags.base === undefined ? null : await describedAt(source, flags.base, context.signal);
  if (flags.dir !== undefined) {
    const manifests = await context.loadDirectory(resolve(context.cwd, flags.dir));
    return { head: { commit: null, manifests }, base };
  }
  if (flags.ref !== undefined) return { head: await describedAt(source, flags.ref, context.signal), base };
  if (tips === null)
    throw new PressluftError(errors.branchMissing, 'the branch does not exist in the repository');
  return { head: await described(source, tips.source), base };
}

/** The checkout of a CI job often contains the needed commits without any branch. */
async function fetchOrSkip({ git, statusBranch }: PlanSource, flags: PlanRequest, signal: AbortSignal) {
  try {
    return await git.fetch(statusBranch, signal);
  } catch (error) {
    if (isPressluftError(error, errors.branchMissing) && (flags.dir ?? flags.ref) !== undefined) return null;
    throw error;
  }
}

async function describedAt(source: PlanSource, revision: string, signal: AbortSignal): Promise<Described> {
  return described(source, await commitOf(source.git, revision, signal));
}

/** Manifests are checked against the recorded facts of providers and nodes if the records are in the clone. */
async function described(source: PlanSource, commit: CommitSha): Promise<Described> {
  const { git, memory, artifactMirror, statusBranch } = source;
  const load = async (branch: string) =>
    loadDesired(git, commit, memory, { artifactMirror, facts: await factsOf(source, branch) });
  const manifests = await load(statusBranch);
  const named = manifests.fleet?.config.statusBranch ?? statusBranch;
  return { commit, manifests: named === statusBranch ? manifests : await load(named) };
}

async function factsOf({ git, memory, clock }: PlanSource, branch: string): Promise<KnownFacts> {
  const { status } = await git.tips(branch);
  return factsNow(memory, await loadRecorded(git, status, memory.statusCache), clock.now());
}

/** Resolves a revision; fetches a branch that is not followed. Throws PL2001 if it does not exist. */
async function commitOf(git: GitReader, revision: string, signal: AbortSignal): Promise<CommitSha> {
  const known = await git.resolve(revision);
  if (known !== null) return known;
  // Fetching it in place of the status branch works for any branch and does not follow it.
  const branch = revision.replace(/^(refs\/heads\/|refs\/remotes\/origin\/|origin\/)/, '');
  await git.fetch(branch, signal).catch((error: unknown) => {
    if (!isPressluftError(error, errors.settingInvalid) && !isPressluftError(error, errors.branchMissing))
      throw error;
  });
  const found = await git.resolve(branch);
  if (found !== null) return found;
  throw new PressluftError(errors.flagInvalid, `the repository has no commit, branch or tag ${revision}`, {
    hint: 'Fetch it first, or give the full id of a commit that is in the repository.',
  });
}

/** Commits that the commits between `base` and `head` undo by `git revert`, newest first. None for a directory. */
export async function revertedCommits(
  { git }: PlanSource,
  base: CommitSha | null,
  { commit: head }: Described,
): Promise<readonly CommitSha[]> {
  if (base === null || head === null || base === head) return [];
  const known = await ancestors(git, base, new Set());
  const messages = [...(await ancestors(git, head, new Set(known.keys()))).values()];
  const reverted = messages.flatMap((message) =>
    [...message.matchAll(revertLine)].map(([, commit]) => commit as CommitSha),
  );
  return [...new Set(reverted)];
}

/** `git revert` writes this line. Git has no field for the reverted commit. */
const revertLine = /^This reverts commit ([0-9a-f]{40})\b/gm;
/** At most this many commits are read. Reverted commits are only shown in the plan; nothing depends on them. */
const maxCommits = 1000;

/** Messages of a commit and its ancestors, nearest first, without the known ones. */
async function ancestors(
  git: Pick<GitReader, 'commitInfo'>,
  from: CommitSha,
  known: ReadonlySet<CommitSha>,
): Promise<ReadonlyMap<CommitSha, string>> {
  const found = new Map<CommitSha, string>();
  let level: readonly CommitSha[] = known.has(from) ? [] : [from];
  while (level.length > 0 && found.size < maxCommits) {
    // Commits beyond the boundary of a shallow clone are unknown.
    const infos = await Promise.all(level.map((commit) => git.commitInfo(commit).catch(() => null)));
    for (const info of infos) if (info !== null) found.set(info.sha, info.message);
    const parents = infos.flatMap((info) => info?.parents ?? []);
    level = [...new Set(parents)].filter((commit) => !known.has(commit) && !found.has(commit));
  }
  return found;
}
