import { createHash } from 'node:crypto';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { CommitInfo, GitRepository, TreeFile } from '../../src/ports/git-repository.ts';

type Files = ReadonlyMap<string, string>;

interface Commit extends CommitInfo {
  readonly files: Files;
  readonly signature: string | null;
}

export interface MemoryPush {
  /** The signature for `memorySignatures`; absent: unsigned. */
  readonly signature?: string;
  /** Parents; default: the tip, if there is one. Files are based on the first. */
  readonly parents?: readonly CommitSha[];
}

/** A remote and a clone of it in memory, behind the port: fetches take no time and fail on request. */
export interface MemoryGit {
  readonly repository: GitRepository;
  /** A person pushes: null deletes; returns the commit. */
  push(files: Readonly<Record<string, string | null>>, options?: MemoryPush): CommitSha;
  /** A person force-pushes: the branch is at that commit. */
  force(commit: CommitSha): void;
  /** Commits without a branch are missing in new clones. */
  forget(commit: CommitSha): void;
  /** Another writer pushes to the status branch. */
  pushStatus(files: Readonly<Record<string, string | null>>): CommitSha;
  /** Commits of the status branch on the remote, newest first. */
  statusCommits(): readonly CommitInfo[];
  statusFiles(): Files;
  /** Calls the watchers of the remote, like a file watch. */
  notify(): void;
  /** Every fetch throws PL3002 while this is set. */
  unreachable: boolean;
  /** Called at the start of every fetch. */
  onFetch: () => void;
}

export const statusBranch = 'pressluft/status';

export function memoryGit(): MemoryGit {
  const commits = new Map<string, Commit>();
  const blobs = new Map<string, string>();
  const remote = new Map<string, CommitSha>();
  const local = new Map<string, CommitSha>();
  const watchers = new Set<() => void>();

  const store = (
    parents: readonly CommitSha[],
    changes: Iterable<[string, string | null]>,
    message: string,
    signature: string | null = null,
  ) => {
    const files = new Map(commits.get(parents[0] ?? '')?.files);
    for (const [path, text] of changes) {
      if (text === null) files.delete(path);
      else files.set(path, text);
    }
    for (const text of files.values()) blobs.set(sha1(text), text);
    const sha = sha1(`${commits.size} ${message}`) as CommitSha;
    commits.set(sha, {
      sha,
      parents,
      message,
      author: 'A Person',
      committedAt: '2026-01-01T00:00:00Z',
      files,
      signature,
    });
    return sha;
  };
  const commitAt = (sha: string): Commit => {
    const commit = commits.get(sha);
    if (commit === undefined) throw new PressluftError(errors.cloneIncomplete, `no commit ${sha}`);
    return commit;
  };
  const tipOf = (branch: string): readonly CommitSha[] => {
    const tip = remote.get(branch);
    return tip === undefined ? [] : [tip];
  };
  /** With their ancestors, parents first. */
  const ancestry = (sha: CommitSha, found = new Set<CommitSha>()): ReadonlySet<CommitSha> => {
    if (found.has(sha)) return found;
    for (const parent of commitAt(sha).parents) ancestry(parent, found);
    return found.add(sha);
  };
  const tipsOf = (branches: ReadonlyMap<string, CommitSha>, status: string) => ({
    source: branches.get('main') ?? null,
    status: branches.get(status) ?? null,
  });

  const git: MemoryGit = {
    unreachable: false,
    onFetch: () => undefined,
    push: (files, { signature, parents = tipOf('main') } = {}) => {
      const sha = store(parents, Object.entries(files), 'a change', signature);
      remote.set('main', sha);
      return sha;
    },
    force: (commit) => void remote.set('main', commit),
    forget: (commit) => void commits.delete(commit),
    pushStatus: (files) => {
      const sha = store(tipOf(statusBranch), Object.entries(files), 'a record');
      remote.set(statusBranch, sha);
      return sha;
    },
    statusCommits: () => {
      const found: CommitInfo[] = [];
      for (let sha = remote.get(statusBranch); sha !== undefined; sha = commitAt(sha).parents[0])
        found.push(commitAt(sha));
      return found;
    },
    statusFiles: () => commits.get(remote.get(statusBranch) ?? '')?.files ?? new Map(),
    notify: () => {
      for (const onChange of watchers) onChange();
    },
    repository: {
      fetch: async (status, signal) => {
        git.onFetch();
        if (signal?.aborted === true) throw new PressluftError(errors.cancelled, 'the fetch was cancelled');
        if (git.unreachable) throw new PressluftError(errors.remoteUnreachable, 'the remote does not answer');
        for (const [branch, sha] of remote) local.set(branch, sha);
        const tips = tipsOf(local, status);
        if (tips.source === null) throw new PressluftError(errors.branchMissing, 'there is no branch main');
        return { ...tips, source: tips.source };
      },
      tips: async (status) => tipsOf(local, status),
      list: async (sha, under) =>
        [...commitAt(sha).files]
          .filter(([path]) => under === undefined || path === under || path.startsWith(`${under}/`))
          .map(([path, text]): TreeFile => ({ path, oid: sha1(text), kind: 'file' }))
          .sort((a, b) => (a.path < b.path ? -1 : 1)),
      read: async (oid) => new TextEncoder().encode(blobs.get(oid) ?? ''),
      commitInfo: async (sha) => commitAt(sha),
      log: async (from, { paths, limit, since = 0 }) => {
        const found: CommitInfo[] = [];
        for (let sha: CommitSha | undefined = from; sha !== undefined; sha = commitAt(sha).parents[0]) {
          const commit = commitAt(sha);
          const [parent] = commit.parents;
          const before: Files = parent === undefined ? new Map() : commitAt(parent).files;
          const changed = [...new Set([...commit.files.keys(), ...before.keys()])].some(
            (path) =>
              commit.files.get(path) !== before.get(path) &&
              paths.some((wanted) => path === wanted || path.startsWith(`${wanted}/`)),
          );
          if (changed && Date.parse(commit.committedAt) >= since) found.push(commit);
        }
        return found.slice(0, limit);
      },
      signature: async (sha) => {
        const { signature } = commitAt(sha);
        return signature === null
          ? { kind: 'unsigned' }
          : { kind: 'signed', payload: new TextEncoder().encode(sha), signature };
      },
      commitsBetween: async (older, newer, limit) => {
        const before = ancestry(older);
        const between = [...ancestry(newer)].filter((sha) => !before.has(sha));
        return between.slice(-limit).map((sha) => ({ sha, parents: commitAt(sha).parents }));
      },
      resolve: async (revision) => commits.get(revision)?.sha ?? null,
      commit: async ({ parent, changes, message }) =>
        store(parent === null ? [] : [parent], changes, message),
      push: async (branch, commit, expected, signal) => {
        if (signal?.aborted === true) throw new PressluftError(errors.cancelled, 'the push was cancelled');
        if (git.unreachable) throw new PressluftError(errors.remoteUnreachable, 'the remote does not answer');
        if ((remote.get(branch) ?? null) !== expected)
          throw new PressluftError(errors.pushRejected, 'rejected');
        remote.set(branch, commit);
        local.set(branch, commit);
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

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
