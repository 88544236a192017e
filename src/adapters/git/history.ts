import type { CommitSha } from '../../fleet/brand.ts';
import type { GitCommand } from './git-command.ts';
import { processError } from './git-errors.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Redactor } from './redact.ts';

/** What the commits of the local clone say about each other. */
export interface History {
  /** Whether the histories are known to lead from one commit to the other; a commit that is not here leads nowhere. */
  isAncestor(older: CommitSha, newer: CommitSha): Promise<boolean>;
  /** Those of the objects that are commits, and here. */
  commitsAmong(oids: readonly CommitSha[]): Promise<ReadonlySet<CommitSha>>;
}

export function createHistory(git: GitCommand, reader: ObjectReader, redactor: Redactor): History {
  return {
    async isAncestor(older, newer) {
      if (older === newer) return true;
      if ((await reader.read(older, 1_048_576)) === null) return false;
      const result = await git.try(['merge-base', '--is-ancestor', older, newer]);
      if (result.exitCode === 0) return true;
      if (result.exitCode === 1) return false;
      throw processError('merge-base', result, redactor);
    },
    async commitsAmong(oids) {
      const text = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
        input: `${oids.join('\n')}\n`,
      });
      const lines = text.split('\n');
      return new Set(oids.filter((oid, index) => lines[index] === `${oid} commit`));
    },
  };
}
