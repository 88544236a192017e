import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDurationMs } from '../manifest/resolve/units.ts';
import type { RepositoryFlags } from './context.ts';
import type { GlobalOptions } from './paint.ts';

export type Format = 'text' | 'json';

/** `--format text|json`. */
export function formatOption(): Option {
  return new Option('--format <format>', 'output format').choices(['text', 'json']).default('text');
}

/** The flags of every verb that works on a repository. Opening the session reads their environment variables. */
export function addRepositoryOptions(command: Command): Command {
  return command
    .option('--repo <url>', 'Git repository with the manifests: http(s), ssh or a path (PRESSLUFT_REPO)')
    .option('--branch <name>', 'branch with the desired state (PRESSLUFT_BRANCH; default main)')
    .option('--state-dir <path>', 'directory of the clone, keys and store (PRESSLUFT_STATE_DIR)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (PRESSLUFT_LOG_LEVEL)', logLevel);
}

/** The repository flags alone, without those of the verb. */
export function repositoryFlags({
  repo,
  branch,
  stateDir,
  logLevel: level,
}: RepositoryFlags): RepositoryFlags {
  return {
    ...(repo === undefined ? {} : { repo }),
    ...(branch === undefined ? {} : { branch }),
    ...(stateDir === undefined ? {} : { stateDir }),
    ...(level === undefined ? {} : { logLevel: level }),
  };
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** `15s`, `5m`, `1h` in milliseconds. */
export function durationMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 15s, 5m or 1h.');
  return ms;
}

const logLevels: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent'];

function logLevel(text: string): string {
  if (!logLevels.includes(text)) throw new InvalidArgumentError(`Expected one of ${logLevels.join(', ')}.`);
  return text;
}

/** An example below the flags of a verb's help. */
export function addExamples(command: Command, ...examples: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
}
