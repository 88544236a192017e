import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Run } from '../fleet/run.ts';
import type { GitReader, GitRepository } from '../ports/git-repository.ts';
import { loadRecorded, type StatusCache } from './load-recorded.ts';
import { runMonth, runPath } from './run-document.ts';

export interface RecordRequest {
  readonly git: GitRepository;
  readonly branch: string;
  readonly recorded: RecordedFleet;
  readonly cache: StatusCache;
  /** Runs to be recorded; `changes` and `message` get those that the branch does not contain yet. */
  readonly runs: readonly Run[];
  readonly changes: (recorded: RecordedFleet, runs: readonly Run[]) => ReadonlyMap<string, string | null>;
  readonly message: (recorded: RecordedFleet, runs: readonly Run[]) => string;
  readonly at: number;
  readonly signal: AbortSignal;
}

/** Other writers of the status branch are rare; after this many conflicts the next pass records it. */
const maxAttempts = 5;

/**
 * Commits and pushes changes. On a concurrent push: fetches, computes the changes again and pushes again. Never forces a push, so that no
 * record is lost. Null when there was nothing to record.
 */
export async function commitRecords(request: RecordRequest): Promise<CommitSha | null> {
  const { git, branch, at, signal } = request;
  let { recorded } = request;
  for (let attempt = 1; ; attempt++) {
    const runs = await runsNotIn(git, recorded.head, request.runs);
    const changes = request.changes(recorded, runs);
    if (changes.size === 0) return null;
    const commit = await git.commit({
      parent: recorded.head,
      changes,
      message: request.message(recorded, runs),
      at,
    });
    try {
      await git.push(branch, commit, recorded.head, signal);
      return commit;
    } catch (error) {
      if (!isPressluftError(error, errors.pushRejected) || attempt === maxAttempts) throw error;
      const tips = await git.fetch(branch, signal);
      recorded = await loadRecorded(git, tips.status, request.cache);
    }
  }
}

/**
 * The `runs` that the status branch does not contain at `head`. If a process is killed after its push, but before it has stored
 * what it pushed, its runs are already in Git. This ensures that each run is recorded once.
 */
async function runsNotIn(
  git: Pick<GitReader, 'list'>,
  head: CommitSha | null,
  runs: readonly Run[],
): Promise<readonly Run[]> {
  if (head === null || runs.length === 0) return runs;
  const months = [...new Set(runs.map(runMonth))];
  const files = await Promise.all(months.map((month) => git.list(head, `runs/${month}`)));
  const known = new Set(files.flat().map(({ path }) => path));
  return runs.filter((run) => !known.has(runPath(run)));
}
