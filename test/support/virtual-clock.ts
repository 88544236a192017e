import type { Clock } from '../../src/ports/clock.ts';

export interface VirtualClockOptions {
  /** Wall clock at the start; default 2026-01-01T00:00:00Z. */
  readonly startMs?: number;
  /**
   * Sleeps up to this length end by themselves in the next turn of the event loop. Longer ones (time limits) end
   * when shorter ones have advanced the clock far enough, or by {@link VirtualClock.advance}.
   */
  readonly autoAdvanceUpToMs?: number;
}

interface Sleeper {
  readonly wakeAtMs: number;
  readonly order: number;
  readonly auto: boolean;
  readonly wake: () => void;
}

/** A clock that advances only on request, or when all code sleeps. Sleepers wake in the order of their times. */
export class VirtualClock implements Clock {
  readonly #autoAdvanceUpToMs: number;
  readonly #sleepers: Sleeper[] = [];
  #monotonicMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #autoScheduled = false;

  constructor(options: VirtualClockOptions = {}) {
    this.#autoAdvanceUpToMs = options.autoAdvanceUpToMs ?? -1;
    this.#wallOffsetMs = options.startMs ?? Date.UTC(2026, 0, 1);
  }

  now(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        wakeAtMs: this.#monotonicMs + Math.max(0, ms),
        order: this.#order++,
        auto: ms <= this.#autoAdvanceUpToMs,
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        this.#remove(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#push(sleeper);
      if (sleeper.auto) this.#scheduleAuto();
    });
  }

  /** Advances both clocks; sleepers are woken at their times, and may sleep again within the same call. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#monotonicMs + ms;
    await turn();
    for (
      let next = this.#sleepers[0];
      next !== undefined && next.wakeAtMs <= untilMs;
      next = this.#sleepers[0]
    ) {
      this.#wakeNext();
      await turn();
    }
    this.#monotonicMs = untilMs;
  }

  /** Sets the wall clock only, like an operator or NTP. */
  jumpWallClock(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** Number of sleepers; zero after a test that cleaned up. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  #scheduleAuto(): void {
    if (this.#autoScheduled) return;
    this.#autoScheduled = true;
    setImmediate(() => {
      this.#autoScheduled = false;
      const target = this.#sleepers.find((sleeper) => sleeper.auto);
      if (target === undefined) return;
      while (this.#sleepers.includes(target)) this.#wakeNext();
      if (this.#sleepers.some((sleeper) => sleeper.auto)) this.#scheduleAuto();
    });
  }

  #wakeNext(): void {
    const sleeper = this.#sleepers[0];
    if (sleeper === undefined) return;
    this.#remove(sleeper);
    this.#monotonicMs = Math.max(this.#monotonicMs, sleeper.wakeAtMs);
    sleeper.wake();
  }

  /** Sorted insertion: tests have few sleepers, and an array stays easy to read in a debugger. */
  #push(sleeper: Sleeper): void {
    const at = this.#sleepers.findIndex((other) => byTime(other, sleeper) > 0);
    this.#sleepers.splice(at === -1 ? this.#sleepers.length : at, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const at = this.#sleepers.indexOf(sleeper);
    if (at !== -1) this.#sleepers.splice(at, 1);
  }
}

function byTime(a: Sleeper, b: Sleeper): number {
  return a.wakeAtMs - b.wakeAtMs || a.order - b.order;
}

/** Runs woken code until it waits again, including promises and I/O callbacks. */
async function turn(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
