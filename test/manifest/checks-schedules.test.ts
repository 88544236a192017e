import { describe, expect, test } from 'vitest';
import { codes, configWith, findings, policy } from './semantic-fixture.ts';

const berlin = 'timezone: Europe/Berlin';

describe('the schedule of a backup policy', () => {
  test.each([
    ['30 1 * * *', []],
    ['0 4 * * MON-FRI', []],
    ['0 3 29 2 *', []],
    ['0 3 L * *', []],
    ['30 2 L * *', ['info PL1079']],
    ['61 1 * * *', ['error PL1076']],
    ['0 3 * * SUM', ['error PL1076']],
    ['0 3 30 2 *', ['error PL1077']],
    ['0 3 31 2,4 *', ['error PL1077']],
    ['30 2 * * *', ['info PL1079']],
    ['30 2 * * MON-FRI', []],
    ['*/20 2 * * *', ['warning PL1079']],
    ['30 1-3 * * *', ['warning PL1079']],
    ['15 * * * *', []],
    ['0 */2 * * *', []],
  ])('%s in Europe/Berlin gives %j', (cron, expected) => {
    expect(codes(policy(`schedule: { cron: "${cron}", ${berlin} }`))).toEqual(expected);
  });

  test('of another form is reported by its schema only', () => {
    expect(codes(policy(`schedule: { cron: "30 2 * *", ${berlin} }`))).toEqual([]);
    expect(codes(policy('schedule: { cron: 5, timezone: [] }'))).toEqual([]);
    expect(codes(policy('schedule: nightly'))).toEqual([]);
  });

  test('is in UTC without a time zone, which is reported unless it fires so often that it makes no difference', () => {
    expect(findings(policy('schedule: { cron: "0 3 * * *" }'))).toEqual([
      'warning PL1078 without a time zone, "0 3 * * *" is in UTC',
    ]);
    expect(codes(policy('schedule: { cron: "0 */2 * * *" }'))).toEqual([]);
    expect(codes(policy('schedule: { cron: "0 3 * * *", timezone: UTC }'))).toEqual([]);
  });

  test('that fires only in the repeated hour is reported for that hour', () => {
    const [found] = findings(policy('schedule: { cron: "30 1 * * *", timezone: America/New_York }'));
    expect(found).toBe(
      'info PL1079 in America/New_York 01:00 to 02:00 is repeated when the clocks go back, and it fires the first time only',
    );
  });

  test('gives its time zone to a verification without one', () => {
    expect(
      codes(policy(`schedule: { cron: "0 1 * * *", ${berlin} }, verification: { cron: "0 5 * * SUN" }`)),
    ).toEqual([]);
    expect(
      codes(policy(`schedule: { cron: "0 1 * * *", ${berlin} }, verification: { cron: "30 2 * * SUN" }`)),
    ).toEqual(['info PL1079']);
  });
});

describe('the retention of a backup policy', () => {
  const nightly = `schedule: { cron: "0 1 * * *", ${berlin} }`;
  const hourly = `schedule: { cron: "0 * * * *", ${berlin} }`;

  test.each([
    ['the default', nightly, []],
    ['all zero', `${nightly}, retention: { daily: 0 }`, ['error PL1083']],
    ['nothing but an empty mapping', `${nightly}, retention: {}`, ['error PL1083']],
    ['some of each', `${nightly}, retention: { last: 3, daily: 7, weekly: 4 }`, []],
    ['one backup', `${nightly}, retention: { last: 1 }, verification: false`, ['warning PL1084']],
    ['one daily backup', `${nightly}, retention: { daily: 1 }, verification: false`, ['warning PL1084']],
    ['two days', `${nightly}, retention: { last: 2 }, verification: false`, []],
    ['six hours', `${hourly}, retention: { last: 6 }, verification: false`, ['warning PL1084']],
    ['a day of hours', `${hourly}, retention: { last: 24 }, verification: false`, []],
    ['an hour and a week', `${hourly}, retention: { last: 1, daily: 7 }`, []],
    ['less than until the default verification', `${nightly}, retention: { last: 3 }`, ['warning PL1085']],
    [
      'less than until the next verification',
      `${nightly}, retention: { daily: 7 }, verification: { cron: "0 5 1 * *" }`,
      ['warning PL1085'],
    ],
    [
      'enough of months for a monthly verification',
      `${nightly}, retention: { monthly: 2 }, verification: { cron: "0 5 1 * *" }`,
      [],
    ],
    [
      'weekly backups, which daily rules keep for longer',
      `schedule: { cron: "0 1 * * SUN", ${berlin} }, retention: { daily: 3 }, verification: { cron: "0 5 * * SUN" }`,
      [],
    ],
    ['a number that is none', `${nightly}, retention: { daily: seven }`, []],
    ['below zero', `${nightly}, retention: { daily: -1 }`, []],
  ])('of %s', (_, spec, expected) => {
    expect(codes(policy(spec))).toEqual(expected);
  });
});

describe('maintenance windows', () => {
  const window = (start: string, duration: string, zone = `, ${berlin}`) => ({
    'pressluft.yaml': configWith(
      `maintenance: { windows: [{ name: nights, start: "${start}", duration: ${duration}${zone} }] }`,
    ),
  });

  test.each([
    ['0 22 * * *', '4h', []],
    ['0 22 * * *', '23h', []],
    ['0 22 * * *', '24h', ['warning PL1080']],
    ['0 6,22 * * *', '8h', ['warning PL1080']],
    ['0 22 * * MON-FRI', '24h', ['warning PL1080']],
    ['0 22 * * SUN', '24h', []],
    ['0 22 31 2 *', '4h', ['error PL1077']],
    ['0 25 * * *', '4h', ['error PL1076']],
    ['30 2 * * SUN', '1h', ['info PL1079']],
    ['0 22 * * *', 'long', []],
  ])('that open at %s for %s', (start, duration, expected) => {
    expect(codes(window(start, duration))).toEqual(expected);
  });

  test('without a time zone are reported to be in UTC', () => {
    expect(codes(window('0 22 * * *', '4h', ''))).toEqual(['warning PL1078']);
  });

  test('that are always open are distinguished from those that only overlap', () => {
    expect(findings(window('0 22 * * *', '30h'))[0]).toContain('is always open');
    expect(findings(window('0 22 * * MON-FRI', '30h'))[0]).toContain('opens again before it closes');
  });
});

describe('freezes', () => {
  const freeze = (from: string, until: string, more = `, ${berlin}`) => ({
    'pressluft.yaml': configWith(
      `maintenance: { freezes: [{ name: christmas, from: "${from}", until: "${until}"${more} }] }`,
    ),
  });

  test.each([
    ['2026-12-18T18:00', '2027-01-04T08:00', '', []],
    ['2026-12-18T18:00', '2026-12-18T18:00', '', ['error PL1081']],
    ['2026-12-18T18:00', '2026-01-04T08:00', '', ['error PL1081']],
    ['2026-10-01T00:00', '2026-12-30T00:00', '', ['warning PL1082']],
    ['2026-10-01T00:00', '2026-12-29T00:00', '', []],
    ['2026-01-01T00:00', '2027-01-01T00:00', ', types: [production]', []],
    ['2026-01-01T00:00', '2027-01-01T00:00', ', risks: [data]', []],
    ['2026-01-01T00:00', '2027-01-01T00:00', ', risks: [restart, downtime, data]', ['warning PL1082']],
    [
      '2026-01-01T00:00',
      '2027-01-01T00:00',
      ', types: [production, staging, development]',
      ['warning PL1082'],
    ],
    ['soon', '2027-01-01T00:00', '', []],
  ])('from %s until %s%s', (from, until, more, expected) => {
    expect(codes(freeze(from, until, `, ${berlin}${more}`))).toEqual(expected);
  });

  test('without a time zone are reported to be in UTC', () => {
    expect(codes(freeze('2026-12-18T18:00', '2027-01-04T08:00', ''))).toEqual(['warning PL1078']);
  });
});
