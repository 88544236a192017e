import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createTimetable,
  type Freeze,
  type Maintenance,
  type MaintenanceWindow,
  type MaintenanceWork,
} from '../../src/fleet/maintenance.ts';
import { nextOccurrence } from '../../src/fleet/schedule.ts';
import { anyMaintenance } from '../support/any-fleet.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function window(overrides: Partial<MaintenanceWindow> = {}): MaintenanceWindow {
  return {
    name: 'nights',
    start: { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
    durationMs: 2 * hourMs,
    risks: ['downtime', 'data'],
    types: null,
    overrun: 'finish',
    ...overrides,
  };
}

function freeze(from: string, until: string, overrides: Partial<Freeze> = {}): Freeze {
  return {
    name: 'holidays',
    from: Date.parse(from),
    until: Date.parse(until),
    risks: ['downtime', 'data'],
    types: null,
    ...overrides,
  };
}

function work(overrides: Partial<MaintenanceWork> = {}): MaintenanceWork {
  return { risk: 'downtime', types: new Set(['production']), expectedMs: 10_000, ...overrides };
}

/** `open`, or what blocks it and from when it may start. */
function verdict(maintenance: Partial<Maintenance>, at: string, what: MaintenanceWork = work()): string {
  const found = createTimetable({ windows: [], freezes: [], ...maintenance }, Date.parse(at)).mayStart(what);
  if (found.kind === 'open') return 'open';
  return `${found.kind} ${found.notBefore === null ? 'never' : new Date(found.notBefore).toISOString()}`;
}

test.each([
  ['just before it opens', '2026-01-15T00:59:59.999Z', 'MaintenanceWindow 2026-01-15T01:00:00.000Z'],
  ['when it opens', '2026-01-15T01:00:00.000Z', 'open'],
  ['just before it closes', '2026-01-15T02:59:59.999Z', 'open'],
  ['when it closes', '2026-01-15T03:00:00.000Z', 'MaintenanceWindow 2026-01-16T01:00:00.000Z'],
  ['in summer, an hour earlier in UTC', '2026-07-15T00:00:00.000Z', 'open'],
])('a window from 2 to 4 in Berlin, %s', (_, at, expected) => {
  expect(verdict({ windows: [window()] }, at)).toBe(expected);
});

// On 2026-03-29 at 02:00 clocks in Berlin go on to 03:00; on 2026-10-25 at 03:00 back to 02:00.
test.each([
  [
    'opens at a local time that does not exist',
    '30 2 * * *',
    '2026-03-29T00:00:00.000Z',
    '2026-03-29T01:00:00.000Z',
  ],
  ['opens after the skipped hour', '0 3 * * *', '2026-03-28T23:00:00.000Z', '2026-03-29T01:00:00.000Z'],
  ['opens at a repeated local time', '30 2 * * *', '2026-10-24T22:00:00.000Z', '2026-10-25T00:30:00.000Z'],
])('when clocks change, a window that %s still opens that night', (_, cron, now, opens) => {
  const nights = window({ start: { cron, timezone: 'Europe/Berlin' } });
  expect(verdict({ windows: [nights] }, now)).toBe(`MaintenanceWindow ${opens}`);
  expect(verdict({ windows: [nights] }, opens)).toBe('open');
});

test('the duration of a window is elapsed time, even while clocks go back', () => {
  const windows = [window({ durationMs: 2 * hourMs })];
  // Opens at 02:00 summer time and closes at 03:00 winter time.
  expect(verdict({ windows }, '2026-10-25T01:59:59.000Z')).toBe('open');
  expect(verdict({ windows }, '2026-10-25T02:00:00.000Z')).toContain('MaintenanceWindow');
});

test('without a window for its risk or its type, work may start at any time', () => {
  const windows = [window({ risks: ['data'], types: ['production'] })];
  const noon = '2026-01-15T12:00:00.000Z';
  expect(verdict({ windows }, noon, work({ risk: 'restart' }))).toBe('open');
  expect(verdict({ windows }, noon, work({ risk: 'data', types: new Set(['staging']) }))).toBe('open');
  expect(
    verdict({ windows }, noon, work({ risk: 'data', types: new Set(['staging', 'production']) })),
  ).toContain('MaintenanceWindow');
  expect(verdict({ windows }, noon, work({ risk: 'data', types: null }))).toContain('MaintenanceWindow');
});

test('of several windows the one that opens first counts', () => {
  const windows = [window(), window({ name: 'noons', start: { cron: '0 12 * * *', timezone: 'UTC' } })];
  expect(verdict({ windows }, '2026-01-15T10:00:00.000Z')).toBe('MaintenanceWindow 2026-01-15T12:00:00.000Z');
  expect(verdict({ windows }, '2026-01-15T12:30:00.000Z')).toBe('open');
});

test('work that must fit starts only while enough of the window is left', () => {
  const windows = [window({ overrun: 'fit' })];
  const long = work({ expectedMs: 30 * minuteMs });
  expect(verdict({ windows }, '2026-01-15T02:30:00.000Z', long)).toBe('open');
  expect(verdict({ windows }, '2026-01-15T02:30:00.001Z', long)).toBe(
    'MaintenanceWindow 2026-01-16T01:00:00.000Z',
  );
  expect(verdict({ windows: [window()] }, '2026-01-15T02:59:00.000Z', long)).toBe('open');
});

test('work that fits into no window never starts by itself', () => {
  const windows = [window({ overrun: 'fit' })];
  expect(verdict({ windows }, '2026-01-15T01:00:00.000Z', work({ expectedMs: 3 * hourMs }))).toBe(
    'MaintenanceWindow never',
  );
});

test('a window whose schedule never fires never opens', () => {
  const windows = [window({ start: { cron: '0 0 30 2 *', timezone: 'UTC' } })];
  expect(verdict({ windows }, '2026-01-15T01:00:00.000Z')).toBe('MaintenanceWindow never');
});

test('a freeze blocks work that needs no window, until it ends', () => {
  const freezes = [freeze('2026-11-26T23:00:00Z', '2026-11-30T23:00:00Z')];
  expect(verdict({ freezes }, '2026-11-26T22:59:59.999Z')).toBe('open');
  expect(verdict({ freezes }, '2026-11-26T23:00:00.000Z')).toBe('Freeze 2026-11-30T23:00:00.000Z');
  expect(verdict({ freezes }, '2026-11-30T23:00:00.000Z')).toBe('open');
  expect(verdict({ freezes }, '2026-11-27T00:00:00.000Z', work({ risk: 'restart' }))).toBe('open');
});

test('an open window does not override a freeze, and openings within it do not count', () => {
  const windows = [window()];
  const freezes = [
    freeze('2026-01-14T00:00:00Z', '2026-01-16T02:00:00Z'),
    freeze('2026-01-16T01:30:00Z', '2026-01-17T12:00:00Z'),
  ];
  expect(verdict({ windows, freezes }, '2026-01-15T01:30:00.000Z')).toBe('Freeze 2026-01-18T01:00:00.000Z');
});

test('a window that is still open when a freeze ends is used then', () => {
  const freezes = [freeze('2026-01-14T00:00:00Z', '2026-01-15T01:30:00Z')];
  expect(verdict({ windows: [window()], freezes }, '2026-01-14T12:00:00.000Z')).toBe(
    'Freeze 2026-01-15T01:30:00.000Z',
  );
});

test('windows that open again before they close never close', () => {
  const windows = [
    window({ start: { cron: '0 * * * *', timezone: 'UTC' }, durationMs: 90 * minuteMs, overrun: 'fit' }),
  ];
  expect(verdict({ windows }, '2026-01-15T12:59:00.000Z', work({ expectedMs: 20 * minuteMs }))).toBe('open');
  expect(verdict({ windows }, '2026-01-15T12:15:00.000Z', work({ expectedMs: 80 * minuteMs }))).toContain(
    '13:00',
  );
});

const anyWork = fc.record({
  risk: fc.constantFrom('restart', 'downtime', 'data'),
  types: fc.option(
    fc.subarray(['production', 'staging', 'development'] as const).map((types) => new Set(types)),
  ),
  expectedMs: fc.integer({ min: 0, max: 6 * hourMs }),
});
/** Two years from the end of 2025 on, so that clocks change in every zone. */
const anyMoment = fc.integer({
  min: Date.parse('2025-12-01T00:00:00Z'),
  max: Date.parse('2027-12-01T00:00:00Z'),
});

test('the reported time is in the future, is open, and is the first open time', () => {
  fc.assert(
    fc.property(
      anyMaintenance,
      anyWork,
      anyMoment,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (maintenance, what, now, share) => {
        const found = createTimetable(maintenance, now).mayStart(what);
        if (found.kind === 'open') return;
        if (found.notBefore === null) {
          const usable = maintenance.windows.some(
            ({ start, overrun, durationMs }) =>
              nextOccurrence(start, now) !== null && (overrun === 'finish' || durationMs >= what.expectedMs),
          );
          const all = maintenance.windows.every(
            ({ risks, types }) =>
              risks.includes(what.risk) &&
              (types === null || what.types === null || types.some((type) => what.types?.has(type))),
          );
          if (all) expect(usable).toBe(false);
          return;
        }
        expect(found.notBefore).toBeGreaterThan(now);
        expect(createTimetable(maintenance, found.notBefore).mayStart(what).kind).toBe('open');
        const between = now + Math.floor((found.notBefore - now) * share);
        expect(createTimetable(maintenance, between).mayStart(what).kind).not.toBe('open');
        expect(createTimetable(maintenance, found.notBefore - 1).mayStart(what).kind).not.toBe('open');
      },
    ),
    { numRuns: 300 },
  );
});

test('no work that a freeze applies to starts during it', () => {
  fc.assert(
    fc.property(
      anyMaintenance,
      anyWork,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (maintenance, what, share) => {
        for (const { from, until, risks, types } of maintenance.freezes) {
          const at = from + Math.floor((until - from) * share);
          const isFor =
            risks.includes(what.risk) &&
            (types === null || what.types === null || types.some((type) => what.types?.has(type)));
          if (isFor) expect(createTimetable(maintenance, at).mayStart(what).kind).toBe('Freeze');
        }
      },
    ),
    { numRuns: 300 },
  );
});
