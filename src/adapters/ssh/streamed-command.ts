import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { StreamOptions } from '../../ports/machine.ts';
import { forgetGroup, rememberGroup, signalGroup } from '../process/process-group.ts';
import { createMarkerFilter, type MarkerFilter } from './marker-filter.ts';
import { canceled, type RemoteOutcome, timedOut, wrapped } from './remote-command.ts';
import { sshEnvironment } from './ssh-environment.ts';

interface StreamedCommand {
  readonly host: string;
  /** Arguments of ssh without the host. */
  readonly sshOptions: readonly string[];
  readonly scratchDir: string;
  readonly argv: readonly string[];
  readonly options: StreamOptions;
  /** How long the machine may take to report the start of the command. */
  readonly startTimeoutMs: number;
}

/** Exit code of a shell for a command that wrote into a closed pipe: 128 + SIGPIPE. */
const closedPipeExitCode = 141;
const killAfterMs = 500;

type Ending = 'start' | 'time' | 'canceled' | 'closed';

/**
 * One ssh process between the given streams, with the marker of {@link wrapped}. Standard input is read only after the command has started,
 * so that no input is lost when the connection has to be replaced. Throws PL3001, PL3014, PL3015.
 */
export async function runStreamedCommand(command: StreamedCommand): Promise<RemoteOutcome<number>> {
  const { options } = command;
  if (options.signal?.aborted === true) throw canceled(options.signal);
  const token = randomBytes(6).toString('hex');
  const marker = `pressluft-start-${token}`;
  const logPath = join(command.scratchDir, `${token}.log`);
  const child = spawn(
    'ssh',
    ['-T', '-E', logPath, ...command.sshOptions, '--', command.host, wrapped(marker, command.argv)],
    {
      env: sshEnvironment(),
      detached: true,
      stdio: [options.stdin === 'inherit' ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    },
  );
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined || stdout === null || stderr === null) {
    const [error] = await once(child, 'error');
    throw new PressluftError(errors.programMissing, 'ssh cannot be started', { cause: error });
  }
  rememberGroup(pid);

  let ending: Ending | undefined;
  const timers: NodeJS.Timeout[] = [];
  const end = (reason: Ending) => {
    if (ending !== undefined) return;
    ending = reason;
    signalGroup(pid, 'SIGTERM');
    timers.push(setTimeout(() => signalGroup(pid, 'SIGKILL'), killAfterMs));
  };
  const onAbort = () => end('canceled');
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const startTimer = setTimeout(() => end('start'), Math.min(command.startTimeoutMs, options.timeoutMs));
  timers.push(
    startTimer,
    setTimeout(() => end('time'), options.timeoutMs),
  );
  const input = options.stdin;
  const filter = createMarkerFilter(marker, () => {
    clearTimeout(startTimer);
    if (input === 'inherit' || stdin === null) return;
    // A command need not read its input to the end.
    stdin.on('error', () => undefined);
    input.pipe(stdin);
  });
  try {
    const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const pumps = [
      pump(stdout as Readable, options.stdout, filter, () => end('closed')),
      pump(stderr as Readable, options.stderr, undefined, () => end('closed')),
    ];
    const [code, signal] = await exited;
    for (const timer of timers) clearTimeout(timer);
    await Promise.all(pumps.map((each) => each.finish()));
    if (ending === 'canceled' && options.signal !== undefined) throw canceled(options.signal);
    if (ending === 'closed') return { kind: 'done', result: closedPipeExitCode };
    if (filter.started() && ending === 'time') throw timedOut(command.host, command.argv, options.timeoutMs);
    const ended = ending === undefined && signal === null && (code !== 255 || filter.endedWithMarker());
    if (filter.started() && ended) return { kind: 'done', result: code ?? 255 };
    const log = await readFile(logPath, 'utf8').catch(() => '');
    return { kind: 'connection-failed', started: filter.started(), log: log || reasonOf(filter.started()) };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
    if (input !== 'inherit' && stdin !== null) {
      input.unpipe(stdin);
      stdin.destroy();
    }
    signalGroup(pid, 'SIGKILL');
    forgetGroup(pid);
    await rm(logPath, { force: true });
  }
}

function reasonOf(started: boolean): string {
  return started
    ? 'the connection was lost while a command was running'
    : 'the machine did not answer in time';
}

interface Pump {
  /** Waits until all output was passed on, but not for a silent daemon that holds the pipe open. */
  finish(): Promise<void>;
}

/** How long a pipe may be silent after its process has ended. */
const silentMs = 1000;

/**
 * Passes output on with back-pressure, so that any amount of it needs constant memory. `onClosed` is called when the reader has closed
 * the sink. The sink is left open.
 */
function pump(
  source: Readable,
  sink: NodeJS.WritableStream,
  filter: Pick<MarkerFilter, 'push' | 'flush'> | undefined,
  onClosed: () => void,
): Pump {
  let lastByteAt = performance.now();
  let waiting = false;
  const closed = new AbortController();
  const onError = () => {
    closed.abort();
    onClosed();
  };
  sink.on('error', onError);

  const write = async (bytes: Buffer) => {
    if (bytes.length === 0 || closed.signal.aborted || sink.write(bytes)) return;
    waiting = true;
    await once(sink, 'drain', { signal: closed.signal }).catch(() => undefined);
    waiting = false;
    lastByteAt = performance.now();
  };
  const run = async () => {
    for await (const chunk of source) {
      lastByteAt = performance.now();
      await write(filter === undefined ? (chunk as Buffer) : filter.push(chunk as Buffer));
    }
  };
  const done = run()
    // Ignores further data of a pipe that was abandoned below.
    .catch(() => undefined)
    .then(() => (filter === undefined ? undefined : write(filter.flush())))
    .finally(() => sink.removeListener('error', onError));

  return {
    finish: async () => {
      const watch = setInterval(() => {
        if (!waiting && performance.now() - lastByteAt > silentMs) source.destroy();
      }, silentMs / 10);
      await done;
      clearInterval(watch);
    },
  };
}
