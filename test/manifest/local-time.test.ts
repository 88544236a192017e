import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayExists, instantMs, localTimeMs } from '../../src/manifest/resolve/local-time.ts';

const utc = (text: string) => Date.parse(text);

describe('a local time in a zone', () => {
  test.each([
    ['2026-07-01T12:00', 'Europe/Berlin', '2026-07-01T10:00:00Z'],
    ['2026-12-18T18:00', 'Europe/Berlin', '2026-12-18T17:00:00Z'],
    ['2026-12-18T18:00:30', 'America/New_York', '2026-12-18T23:00:30Z'],
    ['2026-02-01T00:00', 'Asia/Kathmandu', '2026-01-31T18:15:00Z'],
    ['2026-02-01T00:00', 'Pacific/Apia', '2026-01-31T11:00:00Z'],
    ['2024-02-29T23:59', 'UTC', '2024-02-29T23:59:00Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(localTimeMs(text, zone, 'earliest')).toBe(utc(expected));
    expect(localTimeMs(text, zone, 'latest')).toBe(utc(expected));
  });

  test('that is repeated has an earlier and a later point in time', () => {
    expect(localTimeMs('2026-10-25T02:30', 'Europe/Berlin', 'earliest')).toBe(utc('2026-10-25T00:30:00Z'));
    expect(localTimeMs('2026-10-25T02:30', 'Europe/Berlin', 'latest')).toBe(utc('2026-10-25T01:30:00Z'));
    expect(localTimeMs('2026-04-05T01:45', 'Australia/Lord_Howe', 'earliest')).toBe(
      utc('2026-04-04T14:45:00Z'),
    );
    expect(localTimeMs('2026-04-05T01:45', 'Australia/Lord_Howe', 'latest')).toBe(
      utc('2026-04-04T15:15:00Z'),
    );
  });

  test('that the clocks skip is resolved with the offset before the change', () => {
    expect(localTimeMs('2026-03-29T02:30', 'Europe/Berlin', 'earliest')).toBe(utc('2026-03-29T01:30:00Z'));
    expect(localTimeMs('2026-03-29T02:30', 'Europe/Berlin', 'latest')).toBe(utc('2026-03-29T01:30:00Z'));
  });

  test('is undefined for another text', () => {
    expect(localTimeMs('tomorrow', 'UTC', 'earliest')).toBeUndefined();
  });

  test('agrees with the clocks of its zone whenever they show that time', () => {
    const zones = ['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Casablanca', 'UTC'];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2060, 0) }),
        fc.constantFrom(...zones),
        (moment, zone) => {
          const second = moment - (moment % 1000);
          const shown = new Date(second).toLocaleString('sv', { timeZone: zone }).replace(' ', 'T');
          const found = ['earliest', 'latest'] as const;
          expect(found.map((which) => localTimeMs(shown, zone, which))).toContain(second);
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('an RFC 3339 time is parsed like Date does', () => {
  const at = fc.date({ min: new Date(0), max: new Date('2200-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(at, fc.integer({ min: -839, max: 839 }), (date, offset) => {
      const minutes = Math.abs(offset);
      const two = (value: number) => String(value).padStart(2, '0');
      const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
      const text = `${date.toISOString().slice(0, -1)}${zone}`;
      expect(instantMs(text)).toBe(Date.parse(text));
      expect(instantMs(date.toISOString())).toBe(date.getTime());
    }),
  );
});

test('only days of the calendar are days', () => {
  const days = ['2024-02-29', '2000-02-29', '2026-12-31', '2026-04-30'];
  const others = ['2026-02-29', '1900-02-29', '2026-02-30', '2026-04-31', '2026-12-32'];
  expect(days.filter((day) => !dayExists(day))).toEqual([]);
  expect(others.filter(dayExists)).toEqual([]);
});

test('a local time on a day that the calendar does not have is undefined', () => {
  expect(localTimeMs('2026-02-30T12:00', 'UTC', 'earliest')).toBeUndefined();
  expect(localTimeMs('2026-04-31T12:00', 'Europe/Berlin', 'latest')).toBeUndefined();
});

test('a local time in a zone that does not exist is resolved as UTC', () => {
  expect(localTimeMs('2026-10-25T02:30', 'Mars/Olympus', 'earliest')).toBe(utc('2026-10-25T02:30:00Z'));
});
