import { messageOf } from '../../../src/fleet/errors.ts';
import type { Deps } from '../../../src/ports/index.ts';
import { runDaemon } from '../../../src/reconcile/daemon.ts';
import { createPassMemory } from '../../../src/reconcile/memory.ts';
import type { PassReport } from '../../../src/reconcile/pass-report.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import { SimProcess, type SimRandom, type Timeline, type Trace } from '../core/index.ts';

/** Receives the events of a daemon and the ends of its lives. */
export interface ControllerEvents {
  readonly started: (process: SimProcess) => void;
  readonly progress: (process: SimProcess, event: Progress) => void;
  readonly pass: (process: SimProcess, report: PassReport) => void;
  /** `error` is the error of the daemon; null when it was killed or ended in order. */
  readonly ended: (process: SimProcess, error: unknown) => void;
}

export interface ControllerOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly random: SimRandom;
  readonly trace: Trace;
  /** The ports of one life of the daemon, over this controller's disk. */
  readonly depsOf: (process: SimProcess) => Deps;
  readonly events: ControllerEvents;
}

/** One host with one state directory: runs the daemon, and restarts it whenever it ends, like systemd. */
export interface Controller {
  readonly name: string;
  /** The current life. */
  readonly process: SimProcess | null;
  readonly lives: number;
  start(): void;
  /** SIGKILL; the supervisor starts it again. */
  kill(): void;
  /** SIGTERM, and a restart after it has ended in order. */
  restart(): void;
  /** SIGTERM or SIGKILL, and no new start. */
  end(how: 'stopped' | 'killed'): void;
  /** A signal to the daemon, or a webhook. */
  ring(reason: string): void;
}

/** RestartSec of the unit file, plus the duration of a start. */
const restartMs = [800, 6000] as const;
const pollIntervalMs = 30_000;

export function createController(options: ControllerOptions): Controller {
  const { name, timeline, trace, events } = options;
  const random = options.random.fork(`supervisor of ${name}`);
  let lives = 0;
  let current: { readonly process: SimProcess; readonly stop: AbortController } | null = null;
  let ringer: (reason: string) => void = () => undefined;
  let wanted = false;

  function startAgain(): void {
    if (!wanted) return;
    timeline.in(random.between(...restartMs), `restart ${name}`, () => {
      if (wanted && current === null) live();
    });
  }

  function live(): void {
    lives += 1;
    const process = new SimProcess(`${name}.${lives}`, timeline.nowMs);
    const stop = new AbortController();
    current = { process, stop };
    ringer = () => undefined;
    trace.add(`${timeline.nowMs} ${process.name} starts`);
    events.started(process);
    process.onDeath(() => gone(process, null));
    const deps = options.depsOf(process);
    runDaemon(deps, createPassMemory(), {
      pollIntervalMs,
      signal: stop.signal,
      onProgress: (event) => {
        if (process.alive) events.progress(process, event);
      },
      onPass: (report) => {
        if (process.alive) events.pass(process, report);
      },
      onReady: (ring) => {
        ringer = ring;
      },
    }).then(
      () => process.alive && gone(process, null),
      (error: unknown) => process.alive && gone(process, error),
    );
  }

  function gone(process: SimProcess, error: unknown): void {
    if (current?.process !== process) return;
    current = null;
    trace.add(
      `${timeline.nowMs} ${process.name} ended${error === null ? '' : `: ${messageOf(error).split('\n')[0]}`}`,
    );
    events.ended(process, error);
    // Its remaining work in this runtime has no process any more.
    process.kill();
    startAgain();
  }

  return {
    name,
    get process() {
      return current?.process ?? null;
    },
    get lives() {
      return lives;
    },
    start: () => {
      wanted = true;
      if (current === null) live();
    },
    kill: () => current?.process.kill(),
    restart: () => current?.stop.abort(new Error('stopped by SIGTERM')),
    end: (how) => {
      wanted = false;
      if (how === 'killed') current?.process.kill();
      else current?.stop.abort(new Error('stopped by SIGTERM'));
    },
    ring: (reason) => ringer(reason),
  };
}
