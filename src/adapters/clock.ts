import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../ports/clock.ts';

/** Longest delay of a Node timer; longer ones fire at once (nodejs.org, `setTimeout`). */
const maxTimerMs = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    let leftMs = Math.max(0, ms);
    do {
      const turnMs = Math.min(leftMs, maxTimerMs);
      await sleepOnce(turnMs, signal);
      leftMs -= turnMs;
    } while (leftMs > 0);
  },
};

async function sleepOnce(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Node wraps the reason in an AbortError; the port promises the reason itself.
    signal?.throwIfAborted();
    throw error;
  }
}
