import type { Clock } from '../ports/clock.ts';

/** Collects reasons to run a pass; several before the next pass count as one. */
export interface Wake {
  /** Wakes the loop now. */
  ring(reason: string): void;
  /** The next reason, or `interval` when none came within `ms`. */
  wait(ms: number, signal: AbortSignal): Promise<string>;
}

export function createWake(clock: Clock): Wake {
  let pending: string | null = null;
  let notify: (() => void) | null = null;
  return {
    ring: (reason) => {
      pending = reason;
      notify?.();
    },
    wait: async (ms, signal) => {
      if (pending === null) {
        const timer = new AbortController();
        const rung = new Promise<void>((resolve) => {
          notify = resolve;
        });
        // The losing sleep is aborted, and that is not an error.
        const slept = clock.sleep(ms, AbortSignal.any([signal, timer.signal])).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
        try {
          await Promise.race([rung, slept]);
        } finally {
          notify = null;
          timer.abort();
        }
      }
      signal.throwIfAborted();
      const reason = pending ?? 'interval';
      pending = null;
      return reason;
    },
  };
}
