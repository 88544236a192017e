import type { Clock } from '../ports/clock.ts';

/** Collects reasons to run a pass; several before the next pass count as one. */
export interface Wake {
  /** Starts a pass now. */
  ring(reason: string): void;
  /** The reasons since the last wait; empty if there was none within `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export function createWake(clock: Clock): Wake {
  // All of them, so that a request of an operator is not lost behind the notification of our own push.
  let pending = new Set<string>();
  let notify: (() => void) | null = null;
  return {
    ring: (reason) => {
      pending.add(reason);
      notify?.();
    },
    wait: async (ms, signal) => {
      if (pending.size === 0) {
        const timer = new AbortController();
        const rung = new Promise<void>((resolve) => {
          notify = resolve;
        });
        // The sleep that loses the race is aborted; that is not an error.
        const slept = clock.sleep(ms, AbortSignal.any([signal, timer.signal])).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
        try {
          await Promise.race([rung, slept]);
        } finally {
          notify = null;
          timer.abort('the wait is over');
        }
      }
      signal.throwIfAborted();
      const reasons = pending;
      pending = new Set();
      return reasons;
    },
  };
}
