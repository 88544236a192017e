import { describe, expect, test } from 'vitest';
import { cronFault, hasOneTimeOfDay, nextOccurrence, occurrencesAfter } from '../../src/fleet/schedule.ts';

const at = (text: string) => Date.parse(text);
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('the next occurrence of a schedule', () => {
  test.each([
    ['30 2 * * *', 'UTC', '2026-11-20T02:29:59.999Z', '2026-11-20T02:30:00.000Z'],
    ['30 2 * * *', 'UTC', '2026-11-20T02:30:00Z', '2026-11-21T02:30:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-11-20T00:00:00Z', '2026-11-20T01:30:00.000Z'],
    ['30 2 * * *', 'Europe/Berlin', '2026-07-20T00:00:00Z', '2026-07-20T00:30:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-11-20T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 3 * * SUN', 'America/New_York', '2026-11-20T00:00:00Z', '2026-11-22T08:00:00.000Z'],
  ])('%s in %s after %s is %s', (cron, timezone, after, expected) => {
    expect(iso(nextOccurrence({ cron, timezone }, at(after)))).toBe(expected);
  });

  test.each(['0 2 * * :', '2026-01-01T00:00:00', '12:30 * * * *'])(
    'is not computed for %s, which the library parses as a date',
    (cron) => {
      expect(cronFault(cron)).toBeTypeOf('string');
      expect(() => nextOccurrence({ cron, timezone: 'UTC' }, 0)).toThrow(RangeError);
    },
  );

  test('is null when there is none', () => {
    expect(nextOccurrence({ cron: '0 0 30 2 *', timezone: 'UTC' }, at('2026-11-20T00:00:00Z'))).toBeNull();
  });

  test('comes an hour late on the day on which the clocks skip it', () => {
    const found = occurrencesAfter(
      { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
      at('2027-03-27T12:00:00Z'),
      2,
    );
    expect(found.map(iso)).toEqual(['2027-03-28T01:00:00.000Z', '2027-03-29T00:30:00.000Z']);
  });

  test('comes once on the day on which the clocks show it twice', () => {
    const found = occurrencesAfter(
      { cron: '30 2 * * *', timezone: 'Europe/Berlin' },
      at('2026-10-24T12:00:00Z'),
      2,
    );
    expect(found.map(iso)).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  test.each([
    ['61 2 * * *', 'UTC'],
    ['30 2 * * *', 'Europe/Belrin'],
    ['30 2 * * *', '+02:00'],
    ['30 2 * *', 'UTC'],
  ])('throws a RangeError for %s in %s', (cron, timezone) => {
    expect(() => nextOccurrence({ cron, timezone }, 0)).toThrow(RangeError);
  });
});

describe('a cron expression that cannot be read', () => {
  test.each([
    ['30 2 * *', 'it has 4 fields, not 5'],
    ['0 30 2 * * *', 'it has 6 fields, not 5'],
    ['nightly', 'it has 1 field, not 5'],
    ['@daily', 'names such as @daily are not supported'],
    ['60 2 * * *', '60 is not a valid minute: 0 to 59'],
    ['0 24 * * *', '24 is not a valid hour: 0 to 23'],
    ['0 0 0 * *', '0 is not a valid day of the month: 1 to 31'],
    ['0 0 1 13 *', '13 is not a valid month: 1 to 12'],
    ['0 0 * * 8', '8 is not a valid day of the week: 0 to 7'],
    ['0 0 * * MON-FRY', '"FRY" is not a valid day of the week: SUN, MON, TUE, WED, THU, FRI, SAT'],
    [
      '0 0 1 JUNE *',
      '"JUNE" is not a valid month: JAN, FEB, MAR, APR, MAY, JUN, JUL, AUG, SEP, OCT, NOV, DEC',
    ],
    ['*/0 * * * *', '"0" is not a valid step of the minute: 1 to 60'],
    ['*/61 * * * *', '"61" is not a valid step of the minute: 1 to 60'],
    ['0 0 1,,2 * *', expect.any(String)],
    ['0 5-3 * * *', expect.any(String)],
    ['0 0 * * MON#6', expect.any(String)],
  ])('%s: %s', (cron, fault) => {
    expect(cronFault(cron)).toEqual(fault);
  });

  test.each([
    '* * * * *',
    '*/5 0-6 1,15 JAN-MAR mon',
    '0 0 L * *',
    '0 0 * * FRI#2',
    '0 0 * * 7',
    ' 0  3 * * * ',
  ])('%j can be', (cron) => {
    expect(cronFault(cron)).toBeUndefined();
  });
});

test('only a single hour and a single minute are one time of day', () => {
  expect(['30 2 * * *', '5  4 1 * MON'].map(hasOneTimeOfDay)).toEqual([true, true]);
  expect(['*/5 2 * * *', '30 2,3 * * *', '30 * * * *', '0-5 2 * * *'].some(hasOneTimeOfDay)).toBe(false);
});
