import { expect, test } from 'vitest';
import { inputOf } from './generate.ts';
import { run } from './run.ts';
import { replay, shrink } from './shrink.ts';

test('a failing run is shrunk until nothing more can be removed', async () => {
  // The failure is defined here: a history fails when it contains one certain fault.
  const input = inputOf(100);
  const found = await run(input);
  const culprit = found.struck[3];
  if (culprit === undefined) throw new Error('this seed has too few faults');
  const invariant = 'chosen';
  const judged: typeof replay = async (seed, schedule) => {
    const result = await replay(seed, schedule);
    const strikes = schedule.faults.some(({ site, nth }) => site === culprit.site && nth === culprit.nth);
    return { ...result, violation: strikes ? { invariant, message: 'it strikes', atMs: 0 } : null };
  };
  const failed = { ...found, violation: { invariant, message: 'it strikes', atMs: 0 } };
  const { schedule, tries } = await shrink(100, failed, judged);
  expect(schedule).toEqual({ events: [], faults: [culprit] });
  expect(tries).toBeLessThan(200);
});
