import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import type { CommitInfo, LogOptions } from '../../ports/git-repository.ts';
import type { GitCommand } from './git-command.ts';

/** Enough for 100,000 commits. */
const maxOutputBytes = 5 * 1_048_576;

/** The walk over history is the binary's: it compares trees along the paths only, and reads no file. */
export async function readLog(
  git: GitCommand,
  from: CommitSha,
  options: LogOptions,
  commitInfo: (commit: CommitSha) => Promise<CommitInfo>,
): Promise<readonly CommitInfo[]> {
  const commits = await Promise.all((await commitsThatChanged(git, from, options)).map(commitInfo));
  // git takes a moment that is still to come for the present one.
  return commits.filter(({ committedAt }) => Date.parse(committedAt) >= (options.since ?? 0));
}

async function commitsThatChanged(
  git: GitCommand,
  from: CommitSha,
  { paths, limit, since }: LogOptions,
): Promise<readonly CommitSha[]> {
  if (paths.length === 0 || limit < 1) return [];
  const output = await git.run(
    [
      '--literal-pathspecs',
      'log',
      '--format=%H',
      '--no-show-signature',
      `--max-count=${Math.floor(limit)}`,
      ...(since === undefined ? [] : [`--since=@${Math.floor(since / 1000)}`]),
      '--end-of-options',
      from,
      '--',
      ...paths,
    ],
    { maxOutputBytes },
  );
  return output.split('\n').flatMap((line) => parseCommitSha(line) ?? []);
}
