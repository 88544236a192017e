import type { CommitSha } from '../fleet/brand.ts';
import type { Run } from '../fleet/run.ts';
import type { GitReader } from '../ports/git-repository.ts';
import { runMonth, runPath } from './run-document.ts';

/**
 * Those of `runs` that the status branch does not hold at `head`. A process that is killed after its push, before it has noted what
 * it pushed, leaves runs that are in Git already: each is recorded once.
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
