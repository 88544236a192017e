import type { CommitSha } from '../fleet/brand.ts';

export interface TreeFile {
  /** Path from the root of the repository, `/`-separated. */
  readonly path: string;
  readonly oid: string;
  /** `symlink` and `submodule` entries are listed so that they can be reported, and are never followed. */
  readonly kind: 'file' | 'symlink' | 'submodule';
}

export interface CommitInfo {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly message: string;
  readonly author: string;
  /** RFC 3339. */
  readonly committedAt: string;
}

/** The signature of a commit and the exact bytes that it covers; `malformed` when the object could be read in more than one way. */
export type CommitSignature =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'signed'; readonly payload: Uint8Array; readonly signature: string }
  /** `message` continues "the commit …". */
  | { readonly kind: 'malformed'; readonly message: string };

/** A commit and its parents. */
export interface HistoryStep {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
}

export interface LogOptions {
  /** Files or directories, from the root of the repository; a commit that changed none of them is left out. */
  readonly paths: readonly string[];
  /** At most this many, the newest. */
  readonly limit: number;
  /** Nothing committed before this moment, in ms since the epoch. */
  readonly since?: number;
}

/** `null` deletes the file. */
export type FileChanges = ReadonlyMap<string, string | null>;

export interface CommitRequest {
  /** Parent commit; null creates the first commit of a branch without history. */
  readonly parent: CommitSha | null;
  readonly changes: FileChanges;
  readonly message: string;
  /** Wall clock in ms, for author and committer. */
  readonly at: number;
}

/**
 * A bare local clone of one remote repository. Objects are read without a work tree; the source branch is followed
 * by fast-forward only. Errors: PL3002 unreachable, PL3003 credentials, PL3004 rewritten, PL3005 no such branch, PL3006 push
 * rejected, PL3007 host key, PL3008 object, PL3009 anything else.
 */
export interface GitRepository {
  /**
   * Fetches the source branch and `statusBranch`, and moves the followed tip. Returns the new local tips.
   * Throws PL3004 when the source branch was rewritten (unless rewriting is allowed); the followed tip stays.
   */
  fetch(statusBranch: string, signal?: AbortSignal): Promise<{ source: CommitSha; status: CommitSha | null }>;
  /** Tips known locally, without the network; null when never fetched. */
  tips(statusBranch: string): Promise<{ source: CommitSha | null; status: CommitSha | null }>;
  /** Every file at or below `under` (whole tree when absent) at a commit, sorted by path. Unchanged subtrees are not read twice. */
  list(commit: CommitSha, under?: string): Promise<readonly TreeFile[]>;
  /** Content of a blob; throws PL3008 over `maxBytes` (default: no limit) without holding it in memory. */
  read(oid: string, maxBytes?: number): Promise<Uint8Array>;
  commitInfo(commit: CommitSha): Promise<CommitInfo>;
  /**
   * Commits reachable from `from` that changed any of the paths, newest first. A merge is included only when these paths differ from all
   * of its parents.
   */
  log(from: CommitSha, options: LogOptions): Promise<readonly CommitInfo[]>;
  /** The signature in the commit itself; the signature of a tag does not count. Throws PL3008. */
  signature(commit: CommitSha): Promise<CommitSignature>;
  /**
   * Commits reachable from `newer` and not from `older`, parents before children; the newest `limit` of them. Empty when `newer` is
   * `older` or its ancestor. Throws PL3008 when one of the two is not in the clone.
   */
  commitsBetween(older: CommitSha, newer: CommitSha, limit: number): Promise<readonly HistoryStep[]>;
  /** Resolves a branch name, tag or (abbreviated) commit; null when there is none. */
  resolve(revision: string): Promise<CommitSha | null>;
  /** Creates a commit in the local clone; no ref points to it until it is pushed. */
  commit(request: CommitRequest): Promise<CommitSha>;
  /**
   * Moves `branch` on the remote from `expected` to `commit`, never forced. Throws PL3006 when the remote tip is another
   * one. After a lost reply the remote tip is read: returns normally when it is `commit`.
   */
  push(branch: string, commit: CommitSha, expected: CommitSha | null, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back when the remote may have moved (local remotes: file watch; others never call). The caller polls.
   * Returns a function that stops watching.
   */
  watch(onChange: () => void): Promise<() => Promise<void>>;
}

/** The read-only part. */
export type GitReader = Pick<
  GitRepository,
  'fetch' | 'tips' | 'list' | 'read' | 'commitInfo' | 'log' | 'signature' | 'commitsBetween' | 'resolve'
>;
