import type { Clock } from '../../../src/ports/clock.ts';
import { pointText } from './crash-points.ts';
import type { WorldCore } from './gate.ts';
import { never, type SimProcess } from './process.ts';

/** The clock of a host. Its wall clock may be wrong, drift and be set; processes measure with the monotonic one. */
export class HostClock {
  /** Wall clock at the beginning of the world. */
  readonly epochMs: number;
  /** Drift of the wall clock relative to the world, e.g. 0.0001 for 100 ppm. */
  drift = 0;
  offsetMs = 0;

  constructor(epochMs = Date.UTC(2026, 0, 5, 9)) {
    this.epochMs = epochMs;
  }

  wallMs(worldMs: number): number {
    return Math.floor(this.epochMs + this.offsetMs + worldMs * (1 + this.drift));
  }
}

/** The clock of one process. Reading it has no effect, so only its sleep is a crash point. */
export function simClock(core: WorldCore, process: SimProcess, host: HostClock): Clock {
  const { timeline, points, trace } = core;
  const site = 'clock.sleep';
  return {
    now: () => host.wallMs(timeline.nowMs),
    // Starts at an arbitrary value, like the real one, and differs between processes.
    monotonic: () => timeline.nowMs - process.startedAtMs + 1000,
    sleep: (ms, signal) => {
      if (!process.alive) return never();
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      const nth = points.nth(site);
      const killed = (when: 'before' | 'after') => {
        if (!process.alive || !points.hit({ site, nth, when })) return !process.alive;
        trace.add(`${timeline.nowMs} ${process.name} KILLED ${pointText({ site, nth, when })}`);
        process.kill();
        return true;
      };
      if (killed('before')) return never();
      return new Promise((resolve, reject) => {
        const forget = process.onDeath(() => {
          wake.cancel();
          // The runtime keeps a signal while it has listeners.
          signal?.removeEventListener('abort', onAbort);
        });
        // Whole milliseconds, like timers: a remainder below the precision of a number would stop time.
        const wake = timeline.in(Math.ceil(ms), site, () => {
          forget();
          signal?.removeEventListener('abort', onAbort);
          if (!killed('after')) resolve();
        });
        const onAbort = () => {
          forget();
          wake.cancel();
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
