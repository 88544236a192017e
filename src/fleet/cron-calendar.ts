import { CronPattern } from 'croner';
import { occurrencesAfter } from './schedule.ts';
import { temporal } from './temporal.ts';

/** How often a cron expression fires, ignoring daylight saving changes. */
export interface Rhythm {
  /** Shortest time between two occurrences in ms. */
  readonly shortestGapMs: number;
  /** Longest time between two occurrences in ms. */
  readonly longestGapMs: number;
}

/** Start of the four years, including a leap day, that are evaluated. */
const firstYear = 2029;
const firstDayMs = 1_861_920_000_000;
const dayCount = 4 * 365 + 1;
const minuteMs = 60_000;

/** Null when it never fires. Throws for an expression that cannot be read. */
export function rhythmOf(cron: string): Rhythm | null {
  const calendar = calendarOf(cron);
  if (calendar === undefined) return rhythmByOccurrence(cron);
  const { minutes, matches } = calendar;
  const [first, last] = [minutes[0], minutes.at(-1)];
  if (first === undefined || last === undefined) return null;
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  const note = (gap: number) => {
    shortest = Math.min(shortest, gap);
    longest = Math.max(longest, gap);
  };
  for (let at = 1; at < minutes.length; at++) note((minutes[at] ?? 0) - (minutes[at - 1] ?? 0));
  let before: number | undefined;
  for (const [index, day] of fourYears().entries()) {
    if (!matches(day)) continue;
    if (before !== undefined) note((index - before) * 1440 + first - last);
    before = index;
  }
  if (before === undefined) return null;
  // Once in four years: the leap day.
  if (shortest === Number.POSITIVE_INFINITY) note(dayCount * 1440);
  return { shortestGapMs: shortest * minuteMs, longestGapMs: longest * minuteMs };
}

/** Whether it fires at a local time from `fromMs` (inclusive) to `untilMs` (exclusive), both as if in UTC and on the same day. */
export function firesBetween(cron: string, fromMs: number, untilMs: number): boolean {
  const calendar = calendarOf(cron);
  if (calendar === undefined) {
    const [next] = occurrencesAfter({ cron, timezone: 'UTC' }, fromMs - 1, 1);
    return next !== undefined && next < untilMs;
  }
  const local = temporal().Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO('UTC');
  const midnightMs = local.startOfDay().epochMilliseconds;
  return (
    calendar.matches(local) &&
    calendar.minutes.some((minute) => {
      const at = midnightMs + minute * minuteMs;
      return at >= fromMs && at < untilMs;
    })
  );
}

interface Calendar {
  /** Minutes of the day, in order. */
  readonly minutes: readonly number[];
  readonly matches: (day: CivilDay) => boolean;
}

interface CivilDay {
  /** From 1. */
  readonly month: number;
  readonly day: number;
  /** From 1 for Monday to 7 for Sunday. */
  readonly dayOfWeek: number;
}

/** All bits of a weekday: every occurrence, not only the second or last of a month. */
const anyOccurrence = 63;

/**
 * Undefined for forms that count within a month, such as `L`, `15W` and `FRI#2`: they need the library, which lists occurrences one by one
 * and is about a hundred times slower than comparing days with its pattern.
 */
function calendarOf(cron: string): Calendar | undefined {
  const pattern = new CronPattern(cron, 'UTC', { mode: '5-part' });
  const { day, month, dayOfWeek, starDOM, starDOW, lastDayOfMonth, lastWeekday, nearestWeekdays } = pattern;
  const counted = dayOfWeek.some((mask) => mask !== 0 && mask !== anyOccurrence);
  if (lastDayOfMonth || lastWeekday || counted || nearestWeekdays.includes(1)) return undefined;
  const both = pattern.useAndLogic || starDOM || starDOW;
  return {
    minutes: pattern.hour.flatMap((hour, h) =>
      hour === 0 ? [] : pattern.minute.flatMap((minute, m) => (minute === 0 ? [] : [h * 60 + m])),
    ),
    matches: (date) => {
      if (month[date.month - 1] !== 1) return false;
      const onDay = day[date.day - 1] === 1;
      const onWeekday = dayOfWeek[date.dayOfWeek % 7] !== 0;
      return both ? onDay && onWeekday : onDay || onWeekday;
    },
  };
}

let knownDays: readonly CivilDay[] | undefined;

/** Computed at first use; the days do not change. */
function fourYears(): readonly CivilDay[] {
  knownDays ??= countDays();
  return knownDays;
}

function countDays(): readonly CivilDay[] {
  const { PlainDate } = temporal();
  let weekday = PlainDate.from({ year: firstYear, month: 1, day: 1 }).dayOfWeek - 1;
  return Array.from({ length: 48 }, (_, index) => {
    const [year, month] = [firstYear + Math.floor(index / 12), (index % 12) + 1];
    const { daysInMonth } = PlainDate.from({ year, month, day: 1 });
    return Array.from({ length: daysInMonth }, (_, at) => {
      weekday += 1;
      return { month, day: at + 1, dayOfWeek: ((weekday - 1) % 7) + 1 };
    });
  }).flat();
}

function rhythmByOccurrence(cron: string): Rhythm | null {
  const moments = occurrencesAfter({ cron, timezone: 'UTC' }, firstDayMs, 24);
  if (moments.length === 0) return null;
  const gaps = moments.slice(1).map((moment, at) => moment - (moments[at] ?? moment));
  return { shortestGapMs: Math.min(...gaps), longestGapMs: Math.max(...gaps) };
}
