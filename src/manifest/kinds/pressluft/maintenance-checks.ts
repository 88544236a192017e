import type { Json } from '../../../fleet/digest.ts';
import { dateCheck } from '../../checks/date-checks.ts';
import { scheduleCheck, timezoneCheck } from '../../checks/schedule-checks.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { stringAt, valueAt } from '../../plain.ts';
import { localTimeMs } from '../../resolve/local-time.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import { parseDurationMs } from '../../resolve/units.ts';

const dayMs = 86_400_000;
/** The schema allows no more of either, so further entries are not checked. */
const mostItems = 100;
/** A longer freeze was probably forgotten, or its year is wrong. */
const longFreezeMs = 90 * dayMs;

/** Maintenance windows and freezes of the configuration. */
export function maintenanceChecks(value: Json): FieldProblem[] {
  const root = ['spec', 'maintenance'];
  return [
    ...listAt(value, [...root, 'windows']).flatMap(([item, path]) => windowChecks(item, path)),
    ...listAt(value, [...root, 'freezes']).flatMap(([item, path]) => [
      ...freezeDayChecks(item, path),
      ...freezeChecks(item, path),
    ]),
  ];
}

function listAt(value: Json, path: readonly string[]): (readonly [Json, readonly string[]])[] {
  const list = valueAt(value, ...path);
  if (!Array.isArray(list)) return [];
  return list.slice(0, mostItems).map((item: Json, index) => [item, [...path, String(index)]] as const);
}

function windowChecks(window: Json, path: readonly string[]): FieldProblem[] {
  const places = { cronPath: [...path, 'start'], zonePath: [...path, 'timezone'] };
  const { problems, schedule } = scheduleCheck(
    stringAt(window, 'start'),
    stringAt(window, 'timezone'),
    places,
  );
  const durationMs = parseDurationMs(stringAt(window, 'duration') ?? '');
  if (schedule === undefined || durationMs === undefined || durationMs < schedule.shortestGapMs)
    return problems;
  const always = durationMs >= schedule.longestGapMs;
  const message = always
    ? `the window ${named(window)} is always open: it opens again before it closes, so it never blocks anything`
    : `the window ${named(window)} opens again before it closes: some of its openings overlap`;
  const expected = `less than ${hours(schedule.shortestGapMs)} for ${quoted(schedule.cron)}`;
  return [
    ...problems,
    { code: diagnosticCodes.windowNeverCloses, message, path: [...path, 'duration'], at: 'value', expected },
  ];
}

function freezeDayChecks(freeze: Json, path: readonly string[]): FieldProblem[] {
  return ['from', 'until'].flatMap((field) => dateCheck(stringAt(freeze, field), [...path, field]));
}

function freezeChecks(freeze: Json, path: readonly string[]): FieldProblem[] {
  const zone = stringAt(freeze, 'timezone');
  const problems: FieldProblem[] = zone === undefined ? [] : timezoneCheck(zone, [...path, 'timezone']);
  if (problems.length > 0) return problems;
  const timezone = zone ?? systemDefaults.timezone;
  const from = localTimeMs(stringAt(freeze, 'from') ?? '', timezone, 'earliest');
  const until = localTimeMs(stringAt(freeze, 'until') ?? '', timezone, 'latest');
  if (from === undefined || until === undefined) return [];
  if (until <= from) {
    const message = `the freeze ${named(freeze)} ends before it begins`;
    const expected = `a time after ${stringAt(freeze, 'from')}`;
    return [
      {
        code: diagnosticCodes.freezeEndsBeforeStart,
        message,
        path: [...path, 'until'],
        at: 'value',
        expected,
      },
    ];
  }
  if (zone === undefined) {
    const message = `without a time zone, the freeze ${named(freeze)} begins and ends in UTC`;
    const expected = 'timezone: a name such as Europe/Berlin, or UTC if that is intended';
    problems.push({
      code: diagnosticCodes.timezoneMissing,
      message,
      path: [...path, 'from'],
      at: 'value',
      expected,
    });
  }
  if (until - from > longFreezeMs && coversEverything(freeze)) {
    const days = Math.floor((until - from) / dayMs);
    const message = `the freeze ${named(freeze)} blocks everything for ${days} days, security updates too`;
    const expected = 'a shorter freeze, or one for some risks or types of environments';
    problems.push({
      code: diagnosticCodes.freezeLong,
      message,
      path: [...path, 'until'],
      at: 'value',
      expected,
    });
  }
  return problems;
}

/** All types of environments, and at least the risks that a freeze blocks by default. */
function coversEverything(freeze: Json): boolean {
  const risks = valueAt(freeze, 'risks');
  const types = valueAt(freeze, 'types');
  const all = (list: Json | undefined, names: readonly string[]) =>
    !Array.isArray(list) || names.every((name) => list.includes(name));
  return all(risks, ['restart', 'downtime', 'data']) && all(types, ['production', 'staging', 'development']);
}

function named(item: Json): string {
  return quoted(stringAt(item, 'name') ?? '');
}

function hours(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${Math.floor(ms / 60_000)}m`;
}
