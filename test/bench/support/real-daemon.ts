import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installationRoot } from '../../../src/main/paths.ts';
import type { BenchFleet } from './bench-fleet.ts';

export interface FinishedPass {
  readonly outcome: string;
  readonly durationMs: number;
}

/** `pressluft run` in a separate process, observed through its log. */
export interface RealDaemon {
  readonly pid: number;
  readonly passes: () => readonly FinishedPass[];
  /** Resolves when this many more passes have ended without work; throws when the daemon ends before. */
  idlePasses(count: number, timeoutMs: number): Promise<readonly FinishedPass[]>;
  stop(): Promise<void>;
}

export interface RealDaemonOptions {
  /** Program to start instead of `bin/pressluft` of this checkout. */
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export function startRealDaemon({ fleet }: BenchFleet, options: RealDaemonOptions = {}): RealDaemon {
  const [file = '', ...first] = options.command ?? [join(installationRoot, 'bin', 'pressluft')];
  const child = spawn(file, [...first, 'run', '--log-level', 'debug', ...(options.args ?? [])], {
    cwd: fleet.stateDir,
    env: { ...fleet.env, ...options.env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const finished: FinishedPass[] = [];
  let lastLine = '';
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLine = line;
    const entry = asObject(line);
    if (entry?.msg === 'pass finished')
      finished.push({ outcome: String(entry.outcome), durationMs: Number(entry.durationMs) });
  });
  const idle = () => finished.filter(({ outcome }) => outcome === 'idle');
  return {
    pid: child.pid ?? 0,
    passes: () => finished,
    idlePasses: async (count, timeoutMs) => {
      const from = idle().length;
      const deadline = performance.now() + timeoutMs;
      while (idle().length < from + count) {
        if (child.exitCode !== null) throw new Error(`the daemon ended with ${child.exitCode}: ${lastLine}`);
        if (performance.now() > deadline) throw new Error(`no ${count} idle passes: ${lastLine}`);
        await new Promise((done) => setTimeout(done, 20));
      }
      return idle().slice(from);
    },
    stop: () => stop(child),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended;
  clearTimeout(force);
}

function asObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
