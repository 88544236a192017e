import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import type { HistoryStep } from '../../ports/git-repository.ts';
import type { GitCommand } from './git-command.ts';

/** Enough for 50,000 commits with two parents each. */
const maxOutputBytes = 8 * 1_048_576;

/** The walk of {@link GitRepository.commitsBetween}; both commits are known to be here. */
export async function commitsBetween(
  git: GitCommand,
  older: CommitSha,
  newer: CommitSha,
  limit: number,
): Promise<readonly HistoryStep[]> {
  const output = await git.run(
    [
      'rev-list',
      '--topo-order',
      '--reverse',
      '--parents',
      `--max-count=${Math.floor(limit)}`,
      '--end-of-options',
      newer,
      `^${older}`,
    ],
    { maxOutputBytes },
  );
  return output.split('\n').flatMap((line) => {
    const [sha, ...parents] = line.split(' ').flatMap((word) => parseCommitSha(word) ?? []);
    return sha === undefined ? [] : [{ sha, parents }];
  });
}
