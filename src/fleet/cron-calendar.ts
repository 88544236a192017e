import { CronPattern } from 'croner';
import { occurrencesAfter } from './schedule.ts';

/** How often a cron expression fires, the change of clocks apart. */
export interface Rhythm {
  /** Shortest time between two occurrences in ms. */
  readonly shortestGapMs: number;
  /** Longest time between two occurrences in ms. */
  readonly longestGapMs: number;
}

/** 2029-01-01, in days since the epoch; from here on four years with their leap day are looked at. */
const firstDay = 21_550;
const dayCount = 4 * 365 + 1;
const dayMs = 86_400_000;
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
  for (let day = firstDay; day < firstDay + dayCount; day++) {
    if (!matches(day)) continue;
    if (before !== undefined) note((day - before) * 1440 + first - last);
    before = day;
  }
  if (before === undefined) return null;
  // Once in these years: it is the leap day.
  if (shortest === Number.POSITIVE_INFINITY) note(dayCount * 1440);
  return { shortestGapMs: shortest * minuteMs, longestGapMs: longest * minuteMs };
}

/** Whether it fires at a local time from `fromMs` until before `untilMs`, both given as if in UTC and on one day. */
export function firesBetween(cron: string, fromMs: number, untilMs: number): boolean {
  const calendar = calendarOf(cron);
  if (calendar === undefined) {
    const [next] = occurrencesAfter({ cron, timezone: 'UTC' }, fromMs - 1, 1);
    return next !== undefined && next < untilMs;
  }
  const day = Math.floor(fromMs / dayMs);
  return (
    calendar.matches(day) &&
    calendar.minutes.some((minute) => {
      const at = day * dayMs + minute * minuteMs;
      return at >= fromMs && at < untilMs;
    })
  );
}

interface Calendar {
  /** Minutes of the day, in order. */
  readonly minutes: readonly number[];
  readonly matches: (epochDay: number) => boolean;
}

/** Every bit of a day of the week: each one, and not only the second or the last of a month. */
const anyOccurrence = 63;

/** Undefined for forms that count within a month, such as `L`, `15W` and `FRI#2`. */
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
    matches: (epochDay) => {
      const date = monthAndDay(epochDay);
      if (month[date.month - 1] !== 1) return false;
      const onDay = day[date.day - 1] === 1;
      const onWeekday = dayOfWeek[(epochDay + 4) % 7] !== 0;
      return both ? onDay && onWeekday : onDay || onWeekday;
    },
  };
}

/** Of a day since the epoch in the Gregorian calendar: https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
function monthAndDay(epochDay: number): { month: number; day: number } {
  const shifted = epochDay + 719_468;
  const ofEra = shifted % 146_097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  return {
    month: fromMarch < 10 ? fromMarch + 3 : fromMarch - 9,
    day: ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
  };
}

function rhythmByOccurrence(cron: string): Rhythm | null {
  const moments = occurrencesAfter({ cron, timezone: 'UTC' }, firstDay * dayMs, 24);
  if (moments.length === 0) return null;
  const gaps = moments.slice(1).map((moment, at) => moment - (moments[at] ?? moment));
  return { shortestGapMs: Math.min(...gaps), longestGapMs: Math.max(...gaps) };
}
