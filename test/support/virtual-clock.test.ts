import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.ts';

describe('the virtual clock', () => {
  it('wakes sleepers in the order of their times, then of their arrival', async () => {
    const clock = new VirtualClock();
    const woken: string[] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
    ] as const) {
      void clock.sleep(ms).then(() => woken.push(`${name}@${clock.monotonic()}`));
    }
    await clock.advance(25);
    expect(woken).toEqual(['a@10', 'b1@20', 'b2@20']);
    expect([clock.monotonic(), clock.sleeping]).toEqual([25, 1]);
  });

  it('wakes sleepers that sleep again within one advance', async () => {
    const clock = new VirtualClock();
    let turns = 0;
    const ticking = (async () => {
      while (turns < 5) {
        await clock.sleep(10);
        turns++;
      }
    })();
    await clock.advance(50);
    await ticking;
    expect(turns).toBe(5);
  });

  it('advances by itself over short sleeps, and over long ones only after short ones reached their time', async () => {
    const clock = new VirtualClock({ autoAdvanceUpToMs: 100 });
    let limit = false;
    void clock.sleep(250).then(() => {
      limit = true;
    });
    await clock.sleep(100);
    await clock.sleep(100);
    expect([limit, clock.monotonic()]).toEqual([false, 200]);
    await clock.sleep(100);
    expect([limit, clock.monotonic()]).toEqual([true, 300]);
  });

  it('rejects an aborted sleep with the reason and forgets the sleeper', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(10, stop.signal);
    stop.abort('enough');
    await expect(sleeping).rejects.toBe('enough');
    expect(clock.sleeping).toBe(0);
  });

  it('lets the wall clock jump without the monotonic one', () => {
    const clock = new VirtualClock({ startMs: 1_000 });
    clock.jumpWallClock(-500);
    expect([clock.now(), clock.monotonic()]).toEqual([500, 0]);
  });
});
