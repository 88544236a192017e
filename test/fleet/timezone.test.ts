import { describe, expect, test } from 'vitest';
import { clockChanges, isTimezone } from '../../src/fleet/timezone.ts';

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 16);
const yearOf = (timezone: string, year = 2030) =>
  clockChanges(timezone, Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)).map(
    ({ kind, at, from, until }) => `${kind} at ${iso(at)}Z: ${iso(from)} to ${iso(until)}`,
  );

describe('the clocks of a time zone', () => {
  test('go forward and back once a year in Europe', () => {
    expect(yearOf('Europe/Berlin')).toEqual([
      'skipped at 2030-03-31T01:00Z: 2030-03-31T02:00 to 2030-03-31T03:00',
      'repeated at 2030-10-27T01:00Z: 2030-10-27T02:00 to 2030-10-27T03:00',
    ]);
  });

  test('may change by half an hour, and in the southern summer', () => {
    expect(yearOf('Australia/Lord_Howe')).toEqual([
      'repeated at 2030-04-06T15:00Z: 2030-04-07T01:30 to 2030-04-07T02:00',
      'skipped at 2030-10-05T15:30Z: 2030-10-06T02:00 to 2030-10-06T02:30',
    ]);
  });

  test('are all listed, even if two of a kind follow each other', () => {
    expect(yearOf('Europe/Berlin', 1945)).toEqual([
      'skipped at 1945-04-02T01:00Z: 1945-04-02T02:00 to 1945-04-02T03:00',
      'skipped at 1945-05-24T00:00Z: 1945-05-24T02:00 to 1945-05-24T03:00',
      'repeated at 1945-09-24T00:00Z: 1945-09-24T02:00 to 1945-09-24T03:00',
      'repeated at 1945-11-18T01:00Z: 1945-11-18T02:00 to 1945-11-18T03:00',
    ]);
  });

  test.each(['UTC', 'Asia/Tokyo', 'America/Phoenix', 'Asia/Kathmandu'])('stay as they are in %s', (zone) => {
    expect(yearOf(zone)).toEqual([]);
  });

  test('of a zone that does not exist are an error', () => {
    expect(() => clockChanges('Mars/Olympus', 0, 1)).toThrow(RangeError);
  });
});

test('a time zone is a name of the database, not an offset', () => {
  expect(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'].every(isTimezone)).toBe(
    true,
  );
  expect(['', '+02:00', '-0500', 'Europe/Belrin', 'local', '../../etc/passwd'].some(isTimezone)).toBe(false);
});
