import type { CommitSha } from '../fleet/brand.ts';
import type { Run } from '../fleet/run.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { runMonth, runPath } from './run-document.ts';

/**
 * The `runs` that the status branch does not contain at `head`. If a process is killed after its push, but before it has stored
 * what it pushed, its runs are already in Git. This ensures that each run is recorded once.
 */
export async function runsNotIn(
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
