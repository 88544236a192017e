import { type CommitSha, parseCommitSha } from '../../fleet/brand.ts';
import { isBranchName } from './branch-name.ts';

export interface RemoteTips {
  /** Tips of the requested branches; branches that do not exist are absent. */
  readonly tips: ReadonlyMap<string, CommitSha>;
  /** Names of other branches, for messages; may be truncated. */
  readonly branches: readonly string[];
  /** Tags and the objects they resolve to; at most {@link maxTags}. */
  readonly tags: ReadonlyMap<string, CommitSha>;
}

export const maxTags = 2000;
export const maxNamedBranches = 20;

/** Sorts the advertised refs into branches and tags; `refs` are full names, with `^{}` at the peeled value of an annotated tag. */
export function remoteTips(refs: Iterable<readonly [string, string]>, wanted: readonly string[]): RemoteTips {
  const tips = new Map<string, CommitSha>();
  const tags = new Map<string, CommitSha>();
  const branches: string[] = [];
  for (const [name, oid] of refs) {
    const commit = parseCommitSha(oid);
    if (commit === undefined) continue;
    if (name.startsWith('refs/heads/')) {
      const branch = name.slice('refs/heads/'.length);
      if (wanted.includes(branch)) tips.set(branch, commit);
      else if (branches.length < maxNamedBranches && isBranchName(branch)) branches.push(branch);
    } else if (name.startsWith('refs/tags/')) {
      const tag = name.slice('refs/tags/'.length).replace(/\^\{\}$/, '');
      if (isBranchName(tag) && (tags.size < maxTags || tags.has(tag))) tags.set(tag, commit);
    }
  }
  return { tips, branches, tags };
}

/** The remote repository over one protocol. Errors: PL3002, PL3003, PL3007, PL3009, PL3012, PL3015. */
export interface Transport {
  /** The tips as the remote has them now. */
  look(branches: readonly string[], signal: AbortSignal | undefined): Promise<RemoteTips>;
  /**
   * Like `look`, and fetches the objects that the tips and their whole history need in the local clone. Commits in `complete` are
   * known to have all of theirs.
   */
  sync(
    branches: readonly string[],
    complete: ReadonlySet<CommitSha>,
    signal: AbortSignal | undefined,
  ): Promise<RemoteTips>;
  /**
   * Asks the remote to move the branch from exactly `expected` (null: the branch does not exist) to `commit`, a descendant of it. After
   * an error the remote may or may not have done so.
   */
  push(
    branch: string,
    commit: CommitSha,
    expected: CommitSha | null,
    signal: AbortSignal | undefined,
  ): Promise<void>;
}
