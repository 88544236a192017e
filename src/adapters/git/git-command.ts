import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { processError } from './git-errors.ts';
import { type GitStream, openGitStream } from './git-stream.ts';
import type { Redactor } from './redact.ts';
import type { RemoteUrl } from './remote-url.ts';

export interface GitRunOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly maxOutputBytes?: number;
}

/** The `git` binary on one bare clone. */
export interface GitCommand {
  readonly dir: string;
  /** Runs to its end; a non-zero exit is a result. Throws PL3001 when there is no `git`. */
  try(args: readonly string[], options?: GitRunOptions): Promise<ProcessResult>;
  /** Like `try`, but throws the matching PL30xx error on failure; returns standard output. */
  run(args: readonly string[], options?: GitRunOptions): Promise<string>;
  /** Starts a process that communicates through its pipes. */
  open(args: readonly string[]): GitStream;
}

/** Enough for any local operation on a repository of 50,000 files on a slow disk. */
const localTimeoutMs = 120_000;

export function createGitCommand(dir: string, remote: RemoteUrl, redactor: Redactor): GitCommand {
  async function attempt(args: readonly string[], options: GitRunOptions = {}): Promise<ProcessResult> {
    return await runProcess({
      file: 'git',
      args: gitArguments(dir, args),
      env: gitEnvironment(remote, options.env),
      cwd: '/',
      timeoutMs: options.timeoutMs ?? localTimeoutMs,
      maxOutputBytes: options.maxOutputBytes ?? 1_048_576,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }
  return {
    dir,
    try: attempt,
    async run(args, options) {
      const result = await attempt(args, options);
      if (result.exitCode !== 0 || result.timedOut || result.canceled) {
        throw processError(args[0] ?? '', result, redactor);
      }
      return result.stdout;
    },
    open: (args) => openGitStream(gitArguments(dir, args), gitEnvironment(remote)),
  };
}

/**
 * The whole environment of every `git` that Pressluft starts: no configuration of the user or the system, no prompt, no
 * replacement objects, English messages (they are matched), and only the transport that the remote needs.
 */
export function gitEnvironment(
  remote: RemoteUrl,
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_PAGER: 'cat',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOC_LIMIT: allocationLimit,
    GIT_ALLOW_PROTOCOL: allowedProtocols[remote.kind],
    ...extra,
  };
}

/**
 * The largest allocation of `git`: otherwise a pack of some hundred bytes could use all memory of the machine. Larger files
 * that are not deltas are streamed (`core.bigFileThreshold`) and remain possible.
 */
const allocationLimit = '256m';

// HTTP never goes through the binary; an empty list would mean "not set".
const allowedProtocols = { http: 'none', ssh: 'ssh', local: 'file' } as const;

/** Arguments before the subcommand: the clone, and settings that no configuration file may change. */
function gitArguments(dir: string, args: readonly string[]): readonly string[] {
  return [`--git-dir=${dir}`, ...fixedSettings.flatMap((setting) => ['-c', setting]), ...args];
}

const fixedSettings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.logAllRefUpdates=false',
  'core.bigFileThreshold=64m',
  'gc.auto=0',
  'gc.autoDetach=false',
  'maintenance.auto=false',
  'protocol.version=2',
  'fetch.recurseSubmodules=false',
  'submodule.recurse=false',
  'push.recurseSubmodules=no',
  'transfer.credentialsInUrl=die',
];
