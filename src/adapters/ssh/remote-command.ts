import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { CommandOptions, CommandResult } from '../../ports/machine.ts';
import { runProcess } from '../process/run-process.ts';
import { quoteForShell } from './shell-quote.ts';
import { sshEnvironment } from './ssh-environment.ts';

export interface RemoteCommand {
  readonly host: string;
  /** Arguments of ssh without the host. */
  readonly sshOptions: readonly string[];
  readonly scratchDir: string;
  readonly argv: readonly string[];
  readonly options: CommandOptions;
  /** How long the machine may take to report the start of the command. */
  readonly startTimeoutMs: number;
}

export type RemoteOutcome<T> =
  | { readonly kind: 'done'; readonly result: T }
  /** `started`: whether the command had started on the machine; `log`: messages of ssh. */
  | { readonly kind: 'connection-failed'; readonly started: boolean; readonly log: string };

const defaultMaxOutputBytes = 4_194_304;
/** Limit of output of a login shell before the command; a machine that prints more counts as broken. */
const maxPreambleBytes = 65_536;

/**
 * One ssh process. The remote shell prints a marker right before the command, so that a dead connection is detected within
 * `startTimeoutMs`, a command that never started differs from one that was interrupted, and output of the login shell
 * is excluded. Throws PL3014, PL3015, PL4025.
 */
export async function runRemoteCommand(command: RemoteCommand): Promise<RemoteOutcome<CommandResult>> {
  const { options } = command;
  const token = randomBytes(6).toString('hex');
  const marker = `pressluft-start-${token}\n`;
  const logPath = join(command.scratchDir, `${token}.log`);
  const maxOutputBytes = options.maxOutputBytes ?? defaultMaxOutputBytes;

  // One controller for both reasons to end early; AbortSignal.any would stay attached to a signal that lives as long as the daemon.
  const ending = new AbortController();
  const onAbort = () => ending.abort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) ending.abort();
  const startTimer = setTimeout(onAbort, Math.min(command.startTimeoutMs, options.timeoutMs));
  const output = createMarkedOutput(marker, maxOutputBytes, () => clearTimeout(startTimer));
  try {
    const ended = await runProcess({
      file: 'ssh',
      args: [
        '-T',
        '-E',
        logPath,
        ...command.sshOptions,
        '--',
        command.host,
        wrapped(marker.trim(), command.argv),
      ],
      env: sshEnvironment(),
      input: options.input ?? '',
      timeoutMs: options.timeoutMs,
      // The kept connection is a separate process; this one has nothing to clean up.
      killAfterMs: 500,
      maxOutputBytes,
      signal: ending.signal,
      onStdoutData: output.add,
    });
    if (options.signal?.aborted === true && ended.canceled) throw canceled(options.signal);
    const log = await readFile(logPath, 'utf8').catch(() => '');
    if (ended.canceled || (ended.timedOut && !output.started())) {
      return { kind: 'connection-failed', started: false, log: log || 'the machine did not answer in time' };
    }
    if (ended.timedOut) throw timedOut(command.host, command.argv, options.timeoutMs);
    if (!output.started() || (ended.exitCode === 255 && !output.endsWithMarker()) || ended.signal !== null) {
      const reason = output.started() ? 'the connection was lost while a command was running' : '';
      return { kind: 'connection-failed', started: output.started(), log: log || reason };
    }
    if (Buffer.byteLength(ended.stderr) > maxOutputBytes) throw tooMuchOutput(maxOutputBytes);
    return {
      kind: 'done',
      result: {
        exitCode: ended.exitCode,
        stdout: output.text(),
        stderr: ended.stderr,
        durationMs: ended.durationMs,
      },
    };
  } finally {
    clearTimeout(startTimer);
    options.signal?.removeEventListener('abort', onAbort);
    await rm(logPath, { force: true });
  }
}

/** ssh ends with 255 for its own failures, so the marker at the end of the output reports a command that ends with 255. */
export function wrapped(marker: string, argv: readonly string[]): string {
  const report = `test $s -ne 255 || printf %s ${marker}`;
  return `printf '%s\\n' ${marker}; ${quoteForShell(argv)}; s=$?; ${report}; exit $s`;
}

function createMarkedOutput(marker: string, maxBytes: number, onStart: () => void) {
  const needle = Buffer.from(marker);
  const end = Buffer.from(marker.trim());
  let preamble: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let started = false;
  let chunks: Uint8Array[] = [];
  let bytes = 0;

  function collected(): Buffer<ArrayBufferLike> {
    const all = Buffer.concat(chunks);
    chunks = [all];
    return all;
  }

  function keep(chunk: Uint8Array): void {
    bytes += chunk.length;
    if (bytes > maxBytes + end.length) throw tooMuchOutput(maxBytes);
    chunks.push(chunk);
  }

  return {
    add(chunk: Uint8Array): void {
      if (started) {
        keep(chunk);
        return;
      }
      preamble = Buffer.concat([preamble, chunk]);
      const at = preamble.indexOf(needle);
      if (at === -1) {
        if (preamble.length > maxPreambleBytes) throw tooMuchOutput(maxPreambleBytes);
        return;
      }
      started = true;
      onStart();
      keep(preamble.subarray(at + needle.length));
      preamble = Buffer.alloc(0);
    },
    started: () => started,
    endsWithMarker: () => collected().subarray(-end.length).equals(end),
    text(): string {
      const all = collected();
      return all
        .subarray(0, all.length - (all.subarray(-end.length).equals(end) ? end.length : 0))
        .toString('utf8');
    },
  };
}

function tooMuchOutput(maxBytes: number): PressluftError {
  return new PressluftError(
    errors.nodeReplyInvalid,
    `A command on the node printed more than ${maxBytes} bytes`,
    {
      hint: 'Check the output of the node; it may be misconfigured or compromised.',
    },
  );
}

export function timedOut(host: string, argv: readonly string[], timeoutMs: number): PressluftError {
  const what = argv.slice(0, 4).join(' ').slice(0, 200);
  return new PressluftError(
    errors.processTimedOut,
    `A command on ${host} took more than ${timeoutMs} ms: ${what}`,
    {
      hint: 'The command may still be running on the node; check its load and its disk.',
    },
  );
}

export function canceled(signal: AbortSignal): PressluftError {
  return new PressluftError(errors.cancelled, 'The work on a node was cancelled', { cause: signal.reason });
}
