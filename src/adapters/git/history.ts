import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { HistoryStep } from '../../ports/git-repository.ts';
import type { GitCommand } from './git-command.ts';
import { processError } from './git-errors.ts';
import type { Redactor } from './redact.ts';

/** Relations between the commits of the local clone. */
export interface History {
  /** Whether one commit is an ancestor of the other or the same; false for a commit that is not in the clone. */
  isAncestor(older: CommitSha, newer: CommitSha): Promise<boolean>;
  /** The given objects that are commits in the clone. */
  commitsAmong(oids: readonly CommitSha[]): Promise<ReadonlySet<CommitSha>>;
  /** See {@link GitRepository.commitsBetween}; null when one of the two is not in the clone. */
  commitsBetween(older: CommitSha, newer: CommitSha, limit: number): Promise<readonly HistoryStep[] | null>;
}

export function createHistory(git: GitCommand, redactor: Redactor): History {
  async function commitsAmong(oids: readonly CommitSha[]): Promise<ReadonlySet<CommitSha>> {
    const text = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
      input: `${oids.join('\n')}\n`,
    });
    const lines = text.split('\n');
    return new Set(oids.filter((oid, index) => lines[index] === `${oid} commit`));
  }

  return {
    commitsAmong,
    async isAncestor(older, newer) {
      if (older === newer) return true;
      // Content is not read: a commit of any size may be followed and abandoned later.
      if (!(await commitsAmong([older])).has(older)) return false;
      const result = await git.try(['merge-base', '--is-ancestor', older, newer]);
      if (result.exitCode === 0) return true;
      if (result.exitCode === 1) return false;
      throw processError('merge-base', result, redactor);
    },
    async commitsBetween(older, newer, limit) {
      const here = await commitsAmong([older, newer]);
      if (!here.has(older) || !here.has(newer)) return null;
      return commitsBetween(git, redactor, older, newer, limit);
    },
  };
}

/** Enough for 50,000 commits with two parents each. */
const maxOutputBytes = 8 * 1_048_576;

/** The walk of {@link GitRepository.commitsBetween}; both commits are known to be in the clone. */
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
  // A commit left out of this list would not be checked at all.
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
  return new PressluftError(errors.cloneIncomplete, `The history of ${commit} is too large to be searched`, {
    hint: 'Such a history has commits with thousands of parents: find out who made them.',
    retry: { kind: 'never' },
  });
}
