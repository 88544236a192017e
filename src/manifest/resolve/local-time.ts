/** The moment of a local time that happens twice (the hour is set back) or never (it is set forward). */
export type Ambiguity = 'earliest' | 'latest';

const localTime = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2})(?::(\d{2}))?/;
const dayMs = 86_400_000;

/**
 * `2026-12-18T18:00` in a time zone, in ms since the epoch. A time that the clocks skip is taken as if they had not been set
 * forward yet, as RFC 5545 (3.3.5) has it. Undefined when the text is no local time.
 */
export function localTimeMs(text: string, timezone: string, ambiguity: Ambiguity): number | undefined {
  const wall = wallMs(text);
  if (wall === undefined) return undefined;
  const clock = wallClock(timezone);
  // Offsets change at most once within two days.
  const offsets = [wall - dayMs, wall + dayMs].map((around) => clock(around) - around);
  const moments = offsets.map((offset) => wall - offset).filter((moment) => clock(moment) === wall);
  if (moments.length === 0) return wall - (offsets[0] ?? 0);
  return ambiguity === 'earliest' ? Math.min(...moments) : Math.max(...moments);
}

/** RFC 3339 in ms since the epoch. */
export function instantMs(text: string): number | undefined {
  const wall = wallMs(text);
  const rest = /(\.\d+)?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/.exec(text);
  if (wall === undefined || rest === null) return undefined;
  const [, fraction = '0', sign, hours = '0', minutes = '0'] = rest;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return wall + Math.floor(Number(fraction) * 1000) - (sign === '-' ? -offset : offset);
}

/** Whether the calendar has a day, given as `2026-02-30`. */
export function dayExists(date: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const next = month === 12 ? epochDays(year + 1, 1, 1) : epochDays(year, month + 1, 1);
  return day <= next - epochDays(year, month, 1);
}

/** Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day is the last one. */
function epochDays(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const daysOfMonths = Math.floor((153 * ((month + 9) % 12) + 2) / 5);
  return (
    y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + daysOfMonths + day - 719_469
  );
}

function epochMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  return epochDays(year, month, day) * dayMs + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** The text as if it were UTC. */
function wallMs(text: string): number | undefined {
  const match = localTime.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  return epochMs(year, month, day, hour, minute, second);
}

/** What clocks of a time zone show at a moment, as if that were UTC. A time zone that does not exist counts as UTC. */
function wallClock(timezone: string): (moment: number) => number {
  const format = formatOf(timezone);
  return (moment) => {
    const parts = new Map<string, number>(
      format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]),
    );
    const at = (type: string) => parts.get(type) ?? 0;
    const time = epochMs(at('year'), at('month'), at('day'), at('hour'), at('minute'), at('second'));
    return time + (((moment % 1000) + 1000) % 1000);
  };
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const options = {
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    hourCycle: 'h23',
  } as const;
  try {
    return new Intl.DateTimeFormat('en', { ...options, timeZone: timezone });
  } catch {
    // The checks have refused it already.
    return new Intl.DateTimeFormat('en', { ...options, timeZone: 'UTC' });
  }
}
