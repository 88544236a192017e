import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firesBetween, rhythmOf } from '../../src/fleet/cron-calendar.ts';
import { occurrencesAfter } from '../../src/fleet/schedule.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('the rhythm of a cron expression', () => {
  test.each([
    ['30 2 * * *', day, day],
    ['* * * * *', 60_000, 60_000],
    ['0 6,22 * * *', 8 * hour, 16 * hour],
    ['0 3 * * MON-FRI', day, 3 * day],
    ['0 3 * * 7', 7 * day, 7 * day],
    ['0 3 1 * *', 28 * day, 31 * day],
    ['0 3 1 * MON', day, 7 * day],
    ['0 3 29 2 *', 1461 * day, 1461 * day],
    ['*/15 9-17 * * *', 15 * 60_000, 15 * hour + 15 * 60_000],
    ['0 3 30 2 MON', 7 * day, 343 * day],
    ['0 3 L * *', 28 * day, 31 * day],
  ])('%s fires between every %i and every %i ms', (cron, shortest, longest) => {
    const rhythm = rhythmOf(cron);
    expect(rhythm?.shortestGapMs).toBe(shortest);
    expect(rhythm?.longestGapMs).toBe(longest);
  });

  test.each(['0 3 30 2 *', '0 3 31 4,6,9,11 *', '0 0 31 2 *', '0 0 30W 2 *'])('%s never fires', (cron) => {
    expect(rhythmOf(cron)).toBeNull();
  });
});

const list = (least: number, greatest: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    fc.integer({ min: least, max: greatest }).map(String),
    fc
      .uniqueArray(fc.integer({ min: least, max: greatest }), { minLength: 1, maxLength: 4 })
      .map((all) => all.join(',')),
    fc
      .tuple(fc.integer({ min: least, max: greatest }), fc.integer({ min: least, max: greatest }))
      .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
    fc.integer({ min: 1, max: greatest }).map((step) => `*/${step}`),
  );
const anyCron = fc
  .tuple(list(0, 59), list(0, 23), list(1, 31), list(1, 12), list(0, 7))
  .map((fields) => fields.join(' '));
/** 2029-01-01, where the calendar begins. */
const start = 21_550 * day;

test('the calendar agrees with the library about occurrences and gaps', () => {
  fc.assert(
    fc.property(anyCron, (cron) => {
      const moments = occurrencesAfter({ cron, timezone: 'UTC' }, start - 1, 40);
      const rhythm = rhythmOf(cron);
      expect(rhythm === null).toBe(moments.length === 0);
      const inside = moments.filter((moment) => moment < start + 1461 * day);
      for (const [at, moment] of inside.slice(1).entries()) {
        const gap = moment - (inside[at] ?? 0);
        expect(gap).toBeGreaterThanOrEqual(rhythm?.shortestGapMs ?? 0);
        expect(gap).toBeLessThanOrEqual(rhythm?.longestGapMs ?? 0);
      }
    }),
    { numRuns: 60 },
  );
});

test('it agrees with the library about occurrences within an hour of a day', () => {
  fc.assert(
    fc.property(anyCron, fc.integer({ min: 0, max: 4 * 365 * 24 }), (cron, hours) => {
      const from = start + hours * hour;
      const [next] = occurrencesAfter({ cron, timezone: 'UTC' }, from - 1, 1);
      expect(firesBetween(cron, from, from + hour)).toBe(next !== undefined && next < from + hour);
    }),
    { numRuns: 100 },
  );
});
