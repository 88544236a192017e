import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/adapters/clock.ts';
import { systemRandom } from '../../src/adapters/random.ts';

describe('the system clock', () => {
  it('sleeps for about the given time', async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(30);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(29);
  });

  it('rejects with the reason of the signal, before and during the sleep', async () => {
    await expect(systemClock.sleep(60_000, AbortSignal.abort('before'))).rejects.toBe('before');
    const stop = new AbortController();
    const sleeping = systemClock.sleep(60_000, stop.signal);
    stop.abort('during');
    await expect(sleeping).rejects.toBe('during');
  });

  it('does not return at once from a sleep of a month', async () => {
    const stop = new AbortController();
    const month = systemClock.sleep(31 * 86_400_000, stop.signal).then(
      () => 'slept',
      (reason) => reason,
    );
    await systemClock.sleep(20);
    stop.abort('still asleep');
    expect(await month).toBe('still asleep');
  });
});

describe('the system randomness', () => {
  it('gives floats in [0, 1) and bytes that differ', () => {
    const floats = Array.from({ length: 1_000 }, () => systemRandom.float());
    expect(floats.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(new Set(floats).size).toBe(1_000);
    expect(systemRandom.bytes(16)).toHaveLength(16);
    expect(systemRandom.bytes(16)).not.toEqual(systemRandom.bytes(16));
  });
});
