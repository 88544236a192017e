import { expect, test } from 'vitest';
import { createWake } from '../../src/reconcile/wake.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const never = new AbortController().signal;

test('without a reason the wait ends with the time', async () => {
  const clock = new VirtualClock();
  const waited = createWake(clock).wait(1000, never);
  await clock.advance(1000);
  expect(await waited).toEqual(new Set());
  expect(clock.sleeping).toBe(0);
});

test('a trigger ends the wait at once, and leaves no timer', async () => {
  const clock = new VirtualClock();
  const wake = createWake(clock);
  const waited = wake.wait(1000, never);
  wake.ring('webhook');
  expect(await waited).toEqual(new Set(['webhook']));
  expect(clock.sleeping).toBe(0);
});

test('triggers between two waits end one wait, and none of their reasons is lost', async () => {
  const clock = new VirtualClock();
  const wake = createWake(clock);
  wake.ring('first');
  wake.ring('second');
  wake.ring('first');
  expect(await wake.wait(1000, never)).toEqual(new Set(['first', 'second']));
  const waited = wake.wait(1000, never);
  await clock.advance(1000);
  expect(await waited).toEqual(new Set());
});

test('a stopping process ends the wait with its reason', async () => {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const waited = createWake(clock).wait(1000, stop.signal);
  stop.abort(new Error('stopped by SIGTERM'));
  await expect(waited).rejects.toThrow('stopped by SIGTERM');
  expect(clock.sleeping).toBe(0);
});
