import type { CommitSha } from '../fleet/brand.ts';
import { defaultStatusBranch } from '../fleet/config.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { LoadedFleet } from '../manifest/index.ts';
import { readAccepted } from '../reconcile/accepted.ts';
import { loadDesired } from '../reconcile/load-desired.ts';
import { fetchedStatusBranch } from '../reconcile/status-branch.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import type { CliContext, ReadOnlySession, ReadOnlySessionFlags, Session } from './context.ts';
import { repositoryFlags } from './options.ts';

export interface Current {
  readonly manifests: LoadedFleet;
  readonly commit: CommitSha;
  readonly recorded: RecordedFleet;
}

/** The current manifests and records of the repository; contacts neither providers nor nodes. */
export async function loadCurrent(context: Pick<CliContext, 'signal'>, session: Session): Promise<Current> {
  const { deps, memory, artifactMirror } = session;
  const inForce = readAccepted(deps.store);
  return load(
    { git: deps.git, memory, artifactMirror },
    fetchedStatusBranch(deps.store),
    context.signal,
    // With signed commits, only the accepted commit decides which node a command runs on.
    inForce === null || inForce.signers.length === 0 ? null : inForce.commit,
  );
}

/** The same, from the repository alone, which is opened for the duration of `work`. */
export async function withCurrent<T>(
  context: CliContext,
  flags: ReadOnlySessionFlags,
  work: (session: ReadOnlySession, current: Current) => Promise<T>,
): Promise<T> {
  const session = await context.openReadOnlySession(repositoryFlags(flags));
  try {
    return await work(session, await load(session, defaultStatusBranch, context.signal));
  } finally {
    await session.close();
  }
}

async function load(
  { git, memory, artifactMirror }: Pick<ReadOnlySession, 'git' | 'memory' | 'artifactMirror'>,
  guess: string,
  signal: AbortSignal,
  inForce: CommitSha | null = null,
): Promise<Current> {
  let tips = await git.fetch(guess, signal);
  const commit = inForce ?? tips.source;
  const manifests = await loadDesired(git, commit, memory, { artifactMirror });
  const branch = manifests.fleet?.config.statusBranch ?? guess;
  if (branch !== guess) tips = await git.fetch(branch, signal);
  const recorded = await loadRecorded(git, tips.status, memory.statusCache);
  return { manifests, commit, recorded };
}
