import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { createCappedOutput } from './capped-output.ts';
import { createLineSplitter } from './line-splitter.ts';
import { forgetGroup, rememberGroup, signalGroup } from './process-group.ts';

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Standard input; without it the child reads end of file. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Pause between SIGTERM and SIGKILL, both to the whole process group; default 5000. */
  readonly killAfterMs?: number;
  /** Limit kept per stream (head and tail); default 1 MiB. The excess is read and dropped. */
  readonly maxOutputBytes?: number;
  /** Ends the child early: the result says `canceled`. */
  readonly signal?: AbortSignal;
  /** Lines over 256 KiB are dropped. */
  readonly onStdoutLine?: (line: string) => void;
  readonly onStderrLine?: (line: string) => void;
  /** Raw standard output as it arrives, before the limit applies. */
  readonly onStdoutData?: (chunk: Uint8Array) => void;
  /** Readers of file descriptors 3, 4, …: pipes that the child may write to. */
  readonly extraFds?: readonly ((chunk: Uint8Array) => void)[];
}

export interface ProcessResult {
  /** -1 when the child was ended by a signal. */
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  readonly timedOut: boolean;
  readonly canceled: boolean;
  /** An output was longer than `maxOutputBytes`. */
  readonly truncated: boolean;
}

const maxLineBytes = 262_144;
/** How long output is still read after the child ended: a daemon that it left behind may keep the pipe open. */
const drainMs = 1000;
const drainAfterKillMs = 100;

/**
 * Runs a program to its end: argv only, no shell, its own process group, bounded output, hard timeout. Any end of a child
 * that started is a result. Processes left in its process group are killed; a daemon with its own session is not.
 * Throws PL3001 when the program cannot be started; an error thrown by a callback ends the child and is rethrown.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const startedAt = performance.now();
  const maxOutputBytes = request.maxOutputBytes ?? 1_048_576;
  if (request.signal?.aborted === true) return canceledBeforeStart;

  const subprocess = execa(request.file, request.args, {
    extendEnv: false,
    env: { ...request.env },
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    ...(request.input === undefined ? {} : { input: request.input }),
    stdio: [
      request.input === undefined ? 'ignore' : 'pipe',
      'pipe',
      'pipe',
      ...(request.extraFds ?? []).map(() => 'pipe' as const),
    ],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stripFinalNewline: false,
  });
  const { pid } = subprocess;
  if (pid === undefined) throw cannotStart(request.file, await subprocess);
  rememberGroup(pid);

  const stdout = createCappedOutput(maxOutputBytes);
  const stderr = createCappedOutput(maxOutputBytes);
  let ending: 'timedOut' | 'canceled' | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  function end(reason: 'timedOut' | 'canceled'): void {
    if (ending !== undefined || pid === undefined) return;
    ending = reason;
    signalGroup(pid, 'SIGTERM');
    killTimer = setTimeout(() => signalGroup(pid, 'SIGKILL'), request.killAfterMs ?? 5000);
  }
  const onAbort = () => end('canceled');
  request.signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => end('timedOut'), request.timeoutMs);

  const failures: unknown[] = [];
  const guard = (onBytes: ((chunk: Uint8Array) => void) | undefined) => (chunk: Uint8Array) => {
    if (failures.length > 0) return;
    try {
      onBytes?.(chunk);
    } catch (error) {
      failures.push(error);
      end('canceled');
    }
  };
  const readers = [
    read(subprocess.stdout, stdout.add, guard(request.onStdoutData), linesTo(request.onStdoutLine, guard)),
    read(subprocess.stderr, stderr.add, linesTo(request.onStderrLine, guard)),
    ...(request.extraFds ?? []).map((onData, index) => read(subprocess.stdio[index + 3], guard(onData))),
  ];

  try {
    const exit = await new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
      subprocess.nodeChildProcess.once('exit', (code, signal) => resolve({ code, signal }));
    });
    clearTimeout(timer);
    clearTimeout(killTimer);
    signalGroup(pid, 'SIGKILL');
    await drained(readers, ending === undefined ? drainMs : drainAfterKillMs);
    if (failures.length > 0) throw failures[0];
    return {
      exitCode: exit.code ?? -1,
      signal: exit.signal,
      stdout: stdout.text(),
      stderr: stderr.text(),
      durationMs: performance.now() - startedAt,
      timedOut: ending === 'timedOut',
      canceled: ending === 'canceled',
      truncated: stdout.truncated() || stderr.truncated(),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(killTimer);
    request.signal?.removeEventListener('abort', onAbort);
    forgetGroup(pid);
  }
}

const canceledBeforeStart: ProcessResult = {
  exitCode: -1,
  signal: null,
  stdout: '',
  stderr: '',
  durationMs: 0,
  timedOut: false,
  canceled: true,
  truncated: false,
};

interface Reader {
  readonly stream: Readable;
  readonly ended: Promise<void>;
}

type Sink = ((chunk: Uint8Array) => void) & { end?: () => void };

function read(stream: unknown, ...sinks: readonly Sink[]): Reader {
  const readable = stream as Readable;
  readable.on('data', (chunk: Uint8Array) => {
    for (const sink of sinks) sink(chunk);
  });
  const ended = new Promise<void>((resolve) => {
    for (const event of ['end', 'close', 'error']) readable.once(event, () => resolve());
  }).then(() => {
    for (const sink of sinks) sink.end?.();
  });
  return { stream: readable, ended };
}

function linesTo(onLine: ((line: string) => void) | undefined, guard: (sink: Sink) => Sink): Sink {
  if (onLine === undefined) return () => undefined;
  const lines = createLineSplitter({ maxLineBytes, onLine });
  const end = guard(() => lines.end());
  return Object.assign(guard(lines.add), { end: () => end(new Uint8Array()) });
}

async function drained(readers: readonly Reader[], maxMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, maxMs);
  });
  await Promise.race([Promise.all(readers.map((reader) => reader.ended)), patience]);
  clearTimeout(timer);
  for (const reader of readers) reader.stream.destroy();
  await Promise.all(readers.map((reader) => reader.ended));
}

function cannotStart(file: string, result: unknown): PressluftError {
  const code = (result as { readonly code?: unknown }).code;
  const missing = code === 'ENOENT';
  return new PressluftError(
    errors.programMissing,
    missing ? `${file} was not found` : `${file} cannot be started (${String(code ?? 'unknown reason')})`,
    {
      hint: missing
        ? `Install ${file}, or put it on the PATH.`
        : `Check the permissions of ${file} and the limits of this user.`,
      cause: result,
      details: { file },
    },
  );
}
