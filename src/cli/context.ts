import type { CommitSha } from '../fleet/brand.ts';
import type { LoadedFleet } from '../manifest/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { DoctorProbes } from '../ports/doctor-probes.ts';
import type { GitReader, GitRepository } from '../ports/git-repository.ts';
import type { Deps } from '../ports/index.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { PassMemory } from '../reconcile/memory.ts';

/** Flags that select the repository. Each has an environment variable, so that a container needs no arguments. */
export interface RepositoryFlags {
  /** `--repo`, PRESSLUFT_REPO: http(s), ssh or local path. */
  readonly repo?: string;
  /** `--branch`, PRESSLUFT_BRANCH; default `main`. */
  readonly branch?: string;
  /** `--state-dir`, PRESSLUFT_STATE_DIR; default `$XDG_STATE_HOME/pressluft` or `~/.local/state/pressluft`. */
  readonly stateDir?: string;
  /** `--log-level`, PRESSLUFT_LOG_LEVEL; default `info` for the daemon, `warn` otherwise. */
  readonly logLevel?: string;
}

/** The opened resources of a command that works on a repository. `close` releases all of them. */
export interface Session {
  readonly deps: Deps;
  readonly memory: PassMemory;
  readonly artifactMirror: string | undefined;
  /** PRESSLUFT_TRUSTED_COMMIT: this commit and its ancestors are trusted without a signature. */
  readonly trustedCommit?: CommitSha | undefined;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** `exclusive` takes the lock of the state directory (PL3010 when another process holds it); `shared` takes no lock. */
  readonly access: 'exclusive' | 'shared';
  readonly defaultLogLevel: string;
  /** Destination of log lines. Defaults to standard error. */
  readonly logDestination?: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** Flags that select the repository of a read-only session: its own flags, or a directory of a clone. */
export interface ReadOnlySessionFlags extends RepositoryFlags {
  /** A directory with manifests. Defaults the repository to the one that contains it. */
  readonly dir?: string;
  /** The command commits and pushes. A local repository is then cloned, too. */
  readonly forWriting?: boolean;
}

/** A session that reads manifests and records. It needs no key, token or lock. `close` releases it. */
export interface ReadOnlySession {
  readonly clock: Clock;
  readonly signatures: Signatures;
  readonly git: GitReader;
  /** The same repository with push access; null unless the session was opened `forWriting`. */
  readonly repository: GitRepository | null;
  readonly memory: PassMemory;
  readonly artifactMirror: string | undefined;
  /** Version of the installed Ansible content. */
  contentVersion(): Promise<string>;
  /** The operator: `Name <mail>` from the Git configuration, else the system user; null if neither is known. */
  operator(): Promise<string | null>;
  close(): Promise<void>;
}

/** The checks of this machine, and the one repair that `--fix` makes. */
export interface Doctor {
  readonly probes: DoctorProbes;
  /** Creates the virtualenv with the pinned ansible-core; throws PL3013. */
  installAnsible(onProgress: (message: string) => void, signal: AbortSignal): Promise<void>;
}

/** Files outside of the repository: reports, and the pages of the manual. */
export interface CliFiles {
  /** Replaces a file and creates its parent directories; throws PL2001 or PL3012. */
  write(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Throws PL2001 if the file cannot be read, or, before reading, if it is larger than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<string>;
  /** Zero if the file does not exist. */
  sizeBytes(path: string): Promise<number>;
  /** An installed page below `docs/`, in Markdown; undefined if the installation does not include it. */
  manualPage(name: string): Promise<string | undefined>;
}

/** Everything that a verb of the CLI may use. Built in `main.ts`, so that no verb imports an adapter. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Only used to detect a terminal. */
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly files: CliFiles;
  openSession(flags: RepositoryFlags, options: SessionOptions): Promise<Session>;
  /** Opens a read-only session. The repository defaults to the one of the current directory. */
  openReadOnlySession(flags: ReadOnlySessionFlags): Promise<ReadOnlySession>;
  /** Prepares the checks of `doctor`; changes nothing. */
  openDoctor(flags: RepositoryFlags): Promise<Doctor>;
  /** Loads and checks the manifests of a directory, which need not be a Git repository. */
  loadDirectory(path: string): Promise<LoadedFleet>;
  /** Writes a new repository from the built-in example; returns the paths of the files. Refuses a directory that is not empty. */
  writeExample(path: string): Promise<readonly string[]>;
  /** Sets the exit code; the process ends after all output is written. */
  setExitCode(code: number): void;
}
