import { sourceRef, statusRef } from '../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { CommitInfo, GitRepository } from '../../src/ports/git-repository.ts';
import { simRandom, Timeline } from '../sim/core/index.ts';
import { logOf, stepsBetween } from '../sim/git/history.ts';
import {
  changeSimTree,
  commitOf,
  emptyTree,
  type SimChanges,
  SimClone,
  type SimCommit,
  SimRemote,
} from '../sim/git/index.ts';
import { filesBelow } from '../sim/git/objects.ts';
import { resolveIn } from '../sim/git/resolve.ts';

export interface MemoryPush {
  /** The signature for `memorySignatures`; absent: unsigned. */
  readonly signature?: string;
  /** Parents; default: the tip, if there is one. Files are based on the first. */
  readonly parents?: readonly CommitSha[];
}

/** The simulated remote and a clone of it, behind the port and without virtual time: fetches take no time and fail on request. */
export interface MemoryGit {
  readonly repository: GitRepository;
  /** A person pushes: null deletes; returns the commit. */
  push(files: Readonly<Record<string, string | null>>, options?: MemoryPush): CommitSha;
  /** A person force-pushes: the branch is at that commit. */
  force(commit: CommitSha): void;
  /** The clone is made again, without commits that no branch has. */
  cloneAgain(): void;
  /** Another writer pushes to the status branch. */
  pushStatus(files: Readonly<Record<string, string | null>>): CommitSha;
  /** Commits of the status branch on the remote, newest first. */
  statusCommits(): readonly CommitInfo[];
  statusFiles(): ReadonlyMap<string, string>;
  /** Calls the watchers of the remote, like a file watch. */
  notify(): void;
  /** Every fetch throws PL3002 while this is set. */
  unreachable: boolean;
  /** Called at the start of every fetch. */
  onFetch: () => void;
}

export const statusBranch = 'pressluft/status';

export function memoryGit(): MemoryGit {
  const random = simRandom(1);
  const remote = new SimRemote({ timeline: new Timeline(random), random });
  const watchers = new Set<() => void>();
  let clone = new SimClone(remote);

  const store = (
    parents: readonly CommitSha[],
    changes: SimChanges,
    { message = 'a change', signature }: { readonly message?: string; readonly signature?: string } = {},
  ): SimCommit => {
    const below = parents.flatMap((sha) => remote.commits.get(sha) ?? []);
    const tree = changeSimTree(below[0]?.tree ?? emptyTree, changes);
    const author = 'A Person <person@example.org>';
    return remote.keep(commitOf({ parents: below, tree, message, author, atMs: committedAtMs, signature }));
  };
  const tipOf = (branch: string) => [remote.tip(branch) ?? []].flat();
  const commitAt = (sha: CommitSha): SimCommit => {
    const commit = clone.commits.get(sha);
    if (commit === undefined) throw new PressluftError(errors.cloneIncomplete, `no commit ${sha}`);
    return commit;
  };
  const tips = (status: string) => ({
    source: clone.refs.get(sourceRef('main')) ?? null,
    status: clone.refs.get(statusRef(status)) ?? null,
  });
  const refuse = (what: string, signal: AbortSignal | undefined) => {
    if (signal?.aborted === true) throw new PressluftError(errors.cancelled, `the ${what} was cancelled`);
    if (git.unreachable) throw new PressluftError(errors.remoteUnreachable, 'the remote does not answer');
  };
  const pushTo = (branch: string, parents: readonly CommitSha[], changes: SimChanges, push: MemoryPush) => {
    const { sha } = store(parents, changes, push);
    remote.forcePush('A Person', branch, sha);
    // Unlike a fetch, reading a commit that a person has just made needs no reference.
    clone.receive(sha);
    return sha;
  };

  const git: MemoryGit = {
    unreachable: false,
    onFetch: () => undefined,
    push: (files, options = {}) =>
      pushTo('main', options.parents ?? tipOf('main'), new Map(Object.entries(files)), options),
    force: (commit) => remote.forcePush('A Person', 'main', commit),
    cloneAgain: () => {
      clone = new SimClone(remote);
      for (const tip of remote.branches.values()) clone.receive(tip);
    },
    pushStatus: (files) => pushTo(statusBranch, tipOf(statusBranch), new Map(Object.entries(files)), {}),
    statusCommits: () => remote.log(statusBranch).map(({ info }) => info),
    statusFiles: () => remote.files(statusBranch),
    notify: () => {
      for (const onChange of watchers) onChange();
    },
    repository: {
      fetch: async (status, signal) => {
        git.onFetch();
        refuse('fetch', signal);
        for (const [branch, sha] of remote.branches) {
          clone.receive(sha);
          clone.refs.set(branch === 'main' ? sourceRef('main') : statusRef(branch), sha);
        }
        const { source, ...rest } = tips(status);
        if (source === null) throw new PressluftError(errors.branchMissing, 'there is no branch main');
        return { ...rest, source };
      },
      tips: async (status) => tips(status),
      list: async (sha, under) => filesBelow(commitAt(sha).tree, under),
      read: async (oid) => new TextEncoder().encode(clone.blob(oid)?.content ?? ''),
      commitInfo: async (sha) => commitAt(sha).info,
      log: async (from, options) => logOf(clone.commits, commitAt(from).sha, options).map(({ info }) => info),
      signature: async (sha) => commitAt(sha).signature,
      commitsBetween: async (older, newer, limit) =>
        stepsBetween(clone.commits, commitAt(older).sha, commitAt(newer).sha, limit),
      resolve: async (revision) => resolveIn(clone, 'main', revision),
      commit: async ({ parent, changes, message }) => {
        const commit = store(parent === null ? [] : [parent], changes, { message });
        clone.add(commit);
        return commit.sha;
      },
      push: async (branch, commit, expected, signal) => {
        refuse('push', signal);
        if (!remote.compareAndSwap('Pressluft', branch, commit, expected)) {
          throw new PressluftError(errors.pushRejected, 'rejected');
        }
        clone.refs.set(statusRef(branch), commit);
        git.notify();
      },
      watch: async (onChange) => {
        watchers.add(onChange);
        return async () => void watchers.delete(onChange);
      },
    },
  };
  return git;
}

const committedAtMs = Date.UTC(2026, 0, 1);
