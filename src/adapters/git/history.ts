import type { CommitSha } from '../../fleet/brand.ts';
import type { HistoryStep } from '../../ports/git-repository.ts';
import { commitsBetween } from './commits-between.ts';
import type { GitCommand } from './git-command.ts';
import { processError } from './git-errors.ts';
import type { Redactor } from './redact.ts';

/** What the commits of the local clone say about each other. */
export interface History {
  /** Whether the histories are known to lead from one commit to the other; a commit that is not here leads nowhere. */
  isAncestor(older: CommitSha, newer: CommitSha): Promise<boolean>;
  /** Those of the objects that are commits, and here. */
  commitsAmong(oids: readonly CommitSha[]): Promise<ReadonlySet<CommitSha>>;
  /** See {@link GitRepository.commitsBetween}; null when one of the two is not here. */
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
      // Not read, for a commit of any size may be followed, and then be left.
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
