import { systemClock } from '../../src/adapters/clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

/** Real time that runs `factor` times as fast, to shorten waits for real processes. */
export function scaledClock(factor: number): Clock {
  const startedAt = systemClock.monotonic();
  const scaled = () => (systemClock.monotonic() - startedAt) * factor;
  return {
    now: () => systemClock.now(),
    monotonic: scaled,
    sleep: (ms, signal) => systemClock.sleep(ms / factor, signal),
  };
}
