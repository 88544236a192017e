import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { CommitInfo, GitRepository } from '../../../src/ports/git-repository.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { memoryLog } from '../../support/memory-log.ts';

export type ContractEntry =
  | string
  | { readonly link: string }
  /** A commit of another repository. */
  | { readonly submodule: string };

export type ContractFiles = Readonly<Record<string, ContractEntry>>;

export interface ContractCommit {
  /** Default: the tip of the branch, if there is one. */
  readonly parents?: readonly CommitSha[];
  readonly message?: string;
}

export interface OpenOptions {
  readonly allowRewrite?: boolean;
  readonly log?: Log;
  /** Opens the clone of an earlier process again. */
  readonly again?: OpenedClone;
}

export interface OpenedClone {
  readonly repository: GitRepository;
  /** Tips that the remote no longer has and the clone keeps. */
  kept(): readonly CommitSha[];
}

/** One remote repository, real or simulated, with its users and its faults. */
export interface ContractRemote {
  /** Commits a whole tree on a branch and moves the branch there, as Dana would, at 2023-11-14T22:13:20Z. */
  commit(branch: string, files: ContractFiles, options?: ContractCommit): CommitSha;
  tip(branch: string): CommitSha | null;
  /** Moves a branch to any commit, or deletes it. */
  setTip(branch: string, commit: CommitSha | null): void;
  tag(name: string, commit: CommitSha, annotated: boolean): void;
  text(revision: string, path: string): string | null;
  /** Newest first, along first parents. */
  history(branch: string): readonly CommitInfo[];
  /** Throws when an object of the remote is damaged. */
  check(): void;
  /** Removes all branches and tags, and ends all faults. */
  clear(): Promise<void>;

  setReachable(reachable: boolean): Promise<void>;
  /** Sets whether the credentials that clones use are valid; absent where none are needed. */
  readonly setCredentials?: (good: boolean) => Promise<void>;
  /** The server rejects the next push by a hook. */
  refuseNextPush(): Promise<void>;
  /** The next push takes effect, and its reply is lost; with `andVanish` the remote is then unreachable until it is set reachable again. */
  loseNextReply(andVanish?: boolean): Promise<void>;
  /** During the next push to the branch, somebody else pushes to it first. */
  overtakeNextPush(branch: string): Promise<void>;
  /** Does the work while the remote shows the tip that the branch had before its last move. */
  whileStale<T>(branch: string, work: () => Promise<T>): Promise<T>;

  /** Waits, or lets virtual time pass. */
  passTime(ms: number): Promise<void>;
  /** A process opens its own clone, following `main`. */
  open(options?: OpenOptions): Promise<OpenedClone>;
  close(): Promise<void>;
}

export const status = 'pressluft/status';
/** Wall clock of commits of a process in the contract. */
export const recordedAtMs = 1_700_000_000_000;
export const missingCommit = '1234567890'.repeat(4) as CommitSha;

/** A record on the status branch, not pushed yet. */
export async function recordIn(
  repository: GitRepository,
  text: string,
  parent: CommitSha | null,
): Promise<CommitSha> {
  const changes = new Map([['status/environment/acme.yaml', text]]);
  return await repository.commit({ parent, changes, message: `status: ${text}`, at: recordedAtMs });
}

/** Shared by the tests of one remote; each test has its own clone and a remote without branches. */
export interface ContractSetting {
  readonly remote: ContractRemote;
  readonly clone: OpenedClone;
  readonly repository: GitRepository;
  readonly log: ReturnType<typeof memoryLog>;
}
