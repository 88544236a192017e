import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installationRoot } from '../../../src/main/paths.ts';

/** The phase of the daemon, from its log. */
export type Phase =
  | 'starting'
  | 'fetching'
  | 'loading'
  | 'observing'
  | 'creating'
  | 'provisioning'
  | 'converging'
  | 'removing'
  | 'between actions'
  | 'recording'
  | 'idle';

export const phases: readonly Phase[] = [
  'starting',
  'fetching',
  'loading',
  'observing',
  'creating',
  'provisioning',
  'converging',
  'removing',
  'between actions',
  'recording',
  'idle',
];

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Daemon {
  readonly pid: number;
  phase(): Phase;
  /** Log lines so far. */
  lines(): number;
  /** Actions that succeeded, and passes that ended. */
  counts(): { readonly succeeded: number; readonly passes: number };
  isAlive(): boolean;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<Exit>;
  /** The last lines of the log, for messages of failures. */
  tail(): string;
}

/** Directory of the logs of all daemons, to investigate failures. */
const logFile = process.env.PRESSLUFT_CHAOS_LOG ?? '';

type LogLine = Readonly<Record<string, unknown>>;

/** `pressluft run` as a supervisor starts it, with the log from which its phase is read. */
export function startDaemon(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  onLine: (line: LogLine) => void = () => undefined,
): Daemon {
  const child = spawn(join(installationRoot, 'bin', 'pressluft'), ['run', ...args], {
    env: { ...env, PRESSLUFT_LOG_LEVEL: 'debug' },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const follow = createFollower();
  const kept: string[] = [];
  let lines = 0;
  createInterface({ input: stderrOf(child) }).on('line', (text) => {
    lines += 1;
    if (logFile !== '') appendFileSync(logFile, `${child.pid} ${text}\n`);
    kept.push(text.slice(0, 2000));
    if (kept.length > 60) kept.shift();
    const line = parseLine(text);
    follow.add(line);
    onLine(line);
  });
  let alive = true;
  const ended = once(child, 'exit').then(([code, signal]): Exit => {
    alive = false;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    pid: child.pid ?? 0,
    phase: follow.phase,
    lines: () => lines,
    counts: follow.counts,
    isAlive: () => alive,
    signal: (name) => void child.kill(name),
    ended,
    tail: () => kept.join('\n'),
  };
}

function stderrOf(child: ChildProcess): NonNullable<ChildProcess['stderr']> {
  if (child.stderr === null) throw new Error('the daemon has no log');
  return child.stderr;
}

/** What is not JSON (a crash of Node, say) counts as a line without fields. */
function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text };
  }
}

const phaseOfStep: Readonly<Record<string, Phase>> = {
  fetch: 'fetching',
  load: 'loading',
  observe: 'observing',
  act: 'between actions',
  record: 'recording',
};

function createFollower() {
  const working = new Map<string, Phase>();
  let phase: Phase = 'starting';
  let succeeded = 0;
  let passes = 0;
  return {
    phase: (): Phase => [...working.values()].at(-1) ?? phase,
    counts: () => ({ succeeded, passes }),
    add: (line: LogLine) => {
      const action = String(line.action ?? '');
      switch (line.msg) {
        case 'phase started':
          phase = phaseOfStep[String(line.phase)] ?? phase;
          return;
        case 'action started':
          working.set(action, phaseOfAction(action));
          return;
        case 'action finished':
        case 'action failed':
          if (line.outcome === 'succeeded') succeeded += 1;
          working.delete(action);
          return;
        case 'pass finished':
          passes += 1;
          working.clear();
          phase = 'idle';
          return;
      }
    },
  };
}

function phaseOfAction(action: string): Phase {
  if (action.startsWith('node.create')) return 'creating';
  if (action.startsWith('node.provision')) return 'provisioning';
  return /^(node\.delete|environment\.(delete|retain))/.test(action) ? 'removing' : 'converging';
}
