import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { HistoryStep } from '../../ports/git-repository.ts';
import type { GitCommand } from './git-command.ts';
import { processError } from './git-errors.ts';
import type { Redactor } from './redact.ts';

/** Enough for 50,000 commits with two parents each. */
const maxOutputBytes = 8 * 1_048_576;

/** The walk of {@link GitRepository.commitsBetween}; both commits are known to be here. */
export async function commitsBetween(
  git: GitCommand,
  redactor: Redactor,
  older: CommitSha,
  newer: CommitSha,
  limit: number,
): Promise<readonly HistoryStep[]> {
  const result = await git.try(
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
  // Whatever is left out here would be judged by nobody.
  if (result.truncated) throw tooWide(newer);
  if (result.exitCode !== 0 || result.timedOut || result.canceled) {
    throw processError('rev-list', result, redactor);
  }
  return result.stdout.split('\n').flatMap((line) => {
    const [sha, ...parents] = line.split(' ').flatMap((word) => parseCommitSha(word) ?? []);
    return sha === undefined ? [] : [{ sha, parents }];
  });
}

function tooWide(commit: CommitSha): PressluftError {
  return new PressluftError(
    errors.cloneIncomplete,
    `The history of ${commit} is too large to be looked through`,
    {
      hint: 'A commit with thousands of parents is no work of people: find out who made it.',
      retry: { kind: 'never' },
    },
  );
}
