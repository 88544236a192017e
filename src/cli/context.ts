import type { CommitSha } from '../fleet/brand.ts';
import type { LoadedFleet } from '../manifest/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { DoctorProbes } from '../ports/doctor-probes.ts';
import type { GitReader, GitRepository } from '../ports/git-repository.ts';
import type { Deps } from '../ports/index.ts';
import type { Signatures } from '../ports/signatures.ts';
import type { PassMemory } from '../reconcile/memory.ts';

/** Flags that name what to work on; every one has an environment variable, so that a container needs no arguments. */
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

/** Everything that working on a repository needs, opened; `close` gives all of it back. */
export interface Session {
  readonly deps: Deps;
  readonly memory: PassMemory;
  readonly artifactMirror: string | undefined;
  /** PRESSLUFT_TRUSTED_COMMIT: trusted with its history, whatever their signatures. */
  readonly trustedCommit?: CommitSha | undefined;
  close(): Promise<void>;
}

export interface SessionOptions {
  /** `exclusive` takes the lock of the state directory (PL3010 when another process holds it); `shared` only looks. */
  readonly access: 'exclusive' | 'shared';
  readonly defaultLogLevel: string;
  /** Where log lines go; standard error when absent. */
  readonly logDestination?: { write(text: string): unknown; readonly isTTY?: boolean };
}

/** What names a repository to look at: its own flags, or a directory of a clone. */
export interface ReadOnlySessionFlags extends RepositoryFlags {
  /** A directory with manifests; the repository is the one that holds it, unless one is named. */
  readonly dir?: string;
  /** Commits will be made and pushed; then a clone is made of a local repository, too. */
  readonly forWriting?: boolean;
}

/** What looking at manifests and records takes: no key, no token, no lock. `close` gives it back. */
export interface ReadOnlySession {
  readonly clock: Clock;
  readonly signatures: Signatures;
  readonly git: GitReader;
  /** The same, able to push; null when it was opened to look only. */
  readonly repository: GitRepository | null;
  readonly memory: PassMemory;
  readonly artifactMirror: string | undefined;
  /** Version of the Ansible content that is installed here. */
  contentVersion(): Promise<string>;
  /** Who works here: `Name <mail>` as Git is told, else the user of the system; null when neither is known. */
  operator(): Promise<string | null>;
  close(): Promise<void>;
}

/** The examination of this machine, and the one thing that it can put right by itself. */
export interface Doctor {
  readonly probes: DoctorProbes;
  /** Makes the virtualenv with the pinned ansible-core; throws PL3013. */
  installAnsible(onProgress: (message: string) => void, signal: AbortSignal): Promise<void>;
}

/** Files beside those of a repository: reports, and the pages of the manual. */
export interface CliFiles {
  /** Replaces a file, with the directories above it; throws PL2001 or PL3012. */
  write(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  /** Throws PL2001 when it cannot be read or has more than `maxBytes`, before it is read. */
  read(path: string, maxBytes: number): Promise<string>;
  /** Zero when there is no such file. */
  sizeBytes(path: string): Promise<number>;
  /** A page below `docs/` as installed, in Markdown; undefined when this installation has none. */
  manualPage(name: string): Promise<string | undefined>;
}

/** What a verb of the CLI may use; built in `main.ts`, so that no verb knows an adapter. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Only asked whether it is a terminal. */
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  readonly version: string;
  readonly files: CliFiles;
  openSession(flags: RepositoryFlags, options: SessionOptions): Promise<Session>;
  /** Opens a repository to look at; the current directory's when none is named. */
  openReadOnlySession(flags: ReadOnlySessionFlags): Promise<ReadOnlySession>;
  /** Prepares the checks of `doctor`; touches nothing. */
  openDoctor(flags: RepositoryFlags): Promise<Doctor>;
  /** Reads and checks the manifests of a directory that need not be a Git repository. */
  loadDirectory(path: string): Promise<LoadedFleet>;
  /** Writes a new repository from the built-in example; returns the files written. Refuses a directory that is not empty. */
  writeExample(path: string): Promise<readonly string[]>;
  /** Ends the command with this code once all output is written. */
  setExitCode(code: number): void;
}
