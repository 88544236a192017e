import { type ProcessResult, runProcess } from '../process/run-process.ts';
import { gitArguments, gitEnvironment } from './git-environment.ts';
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
  /** Like `try`, and throws the matching PL30xx error unless it ended well; returns standard output. */
  run(args: readonly string[], options?: GitRunOptions): Promise<string>;
  /** Starts a process that is talked to through its pipes. */
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
