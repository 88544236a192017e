import common from '../../../schemas/common.schema.json' with { type: 'json' };
import { firesBetween, type Rhythm, rhythmOf } from '../../fleet/cron-calendar.ts';
import type { Json } from '../../fleet/digest.ts';
import { cronFault, hasOneTimeOfDay } from '../../fleet/schedule.ts';
import { type ClockChange, clockChanges, isTimezone } from '../../fleet/timezone.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { nearestTimezone } from '../diagnostics/nearest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { stringAt } from '../plain.ts';
import { systemDefaults } from '../resolve/system-defaults.ts';

/**
 * Clock changes are checked in the year from 2030-01-01, by the rules of the time zone database: a fixed year keeps findings
 * reproducible, and a future one has the rules that are in effect.
 */
const yearStartMs = 1_893_456_000_000;
const yearEndMs = yearStartMs + 365 * 86_400_000;

/** The schema reports expressions of another form. */
const cronForm = new RegExp(common.definitions.cron.pattern, 'u');

export interface ReadSchedule extends Rhythm {
  readonly cron: string;
  readonly timezone: string;
}

export interface ScheduleFindings {
  readonly problems: FieldProblem[];
  /** Absent when it cannot be read or never fires. */
  readonly schedule: ReadSchedule | undefined;
}

/** Where the expression is, and where the time zone is or belongs. */
export interface SchedulePlace {
  readonly cronPath: readonly string[];
  readonly zonePath: readonly string[];
}

/** All problems of a cron expression and the time zone beside it. */
export function scheduleCheck(
  cron: string | undefined,
  zone: string | undefined,
  { cronPath, zonePath }: SchedulePlace,
): ScheduleFindings {
  const problems: FieldProblem[] = zone === undefined ? [] : timezoneCheck(zone, zonePath);
  if (cron === undefined || !cronForm.test(cron)) return { problems, schedule: undefined };
  const fault = cronFault(cron);
  if (fault !== undefined) {
    const message = `the cron expression ${quoted(cron)} is not valid: ${fault}`;
    const expected = 'minute, hour, day of the month, month, day of the week, e.g. "30 2 * * *"';
    problems.push({ code: diagnosticCodes.cronInvalid, message, path: cronPath, at: 'value', expected });
    return { problems, schedule: undefined };
  }
  const rhythm = rhythmOf(cron);
  if (rhythm === null) {
    const message = `the cron expression ${quoted(cron)} never fires: none of its months has such a day`;
    const expected = 'a day that exists, e.g. "0 3 28 2 *"';
    problems.push({
      code: diagnosticCodes.scheduleNeverFires,
      message,
      path: cronPath,
      at: 'value',
      expected,
    });
    return { problems, schedule: undefined };
  }
  const timezone = zone !== undefined && isTimezone(zone) ? zone : systemDefaults.timezone;
  const schedule = { cron, timezone, ...rhythm };
  if (isFrequent(schedule)) return { problems, schedule };
  if (zone === undefined) {
    const message = `without a time zone, ${quoted(cron)} is in UTC`;
    const expected = 'timezone: a name such as Europe/Berlin, or UTC if that is intended';
    problems.push({ code: diagnosticCodes.timezoneMissing, message, path: cronPath, at: 'value', expected });
  }
  return { problems: [...problems, ...clockCheck(schedule, cronPath)], schedule };
}

/** A time zone that the database does not have. */
export function timezoneCheck(name: string, path: readonly string[]): FieldProblem[] {
  if (isTimezone(name)) return [];
  const guess = nearestTimezone(name);
  return [
    {
      code: diagnosticCodes.timezoneUnknown,
      message: `there is no time zone ${quoted(name)}`,
      path,
      at: 'value',
      expected: 'a name of the IANA database such as Europe/Berlin',
      suggestion: guess === undefined ? undefined : `did you mean ${quoted(guess)}?`,
    },
  ];
}

/** More than six times a day: an hour more or less, or another time zone, is not worth reporting. */
function isFrequent({ longestGapMs }: ReadSchedule): boolean {
  return longestGapMs < 4 * 3_600_000;
}

/** A time of day that clock changes skip or repeat. */
function clockCheck({ cron, timezone }: ReadSchedule, path: readonly string[]): FieldProblem[] {
  const hit = clockChanges(timezone, yearStartMs, yearEndMs).filter(({ from, until }) =>
    firesBetween(cron, from, until),
  );
  if (hit.length === 0) return [];
  const skipped = hit.find((change) => change.kind === 'skipped');
  const repeated = hit.find((change) => change.kind === 'repeated');
  const single = hasOneTimeOfDay(cron);
  const outcomes = [
    ...(skipped === undefined
      ? []
      : [
          `${span(skipped)} is skipped when the clocks go forward, and it ${single ? `fires at ${clock(skipped.until)} that day` : 'does not fire in between'}`,
        ]),
    ...(repeated === undefined
      ? []
      : [
          `${span(repeated)} is repeated when ${skipped === undefined ? 'the clocks' : 'they'} go back, and it fires ${single ? 'the first time only' : 'both times'}`,
        ]),
  ];
  const message = `in ${timezone} ${outcomes.join('; ')}`;
  const severity = skipped !== undefined && !single ? 'warning' : 'info';
  const expected = 'a time of day outside these hours, or the time zone UTC';
  return [{ code: diagnosticCodes.clockChange, severity, message, path, at: 'value', expected }];
}

function span({ from, until }: ClockChange): string {
  return `${clock(from)} to ${clock(until)}`;
}

/** `02:00` of a local time given as if it were UTC. */
function clock(ms: number): string {
  const minutes = Math.floor(ms / 60_000) % (24 * 60);
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The schedule at a field that holds `cron` and `timezone`. */
export function scheduleAt(value: Json, path: readonly string[]): ScheduleFindings {
  return scheduleCheck(stringAt(value, ...path, 'cron'), stringAt(value, ...path, 'timezone'), {
    cronPath: [...path, 'cron'],
    zonePath: [...path, 'timezone'],
  });
}
