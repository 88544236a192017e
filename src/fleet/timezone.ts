/** Whether the IANA database has the name. Offsets such as `+02:00`, which `Intl` takes too, are no names. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A moment at which the clocks of a zone change, and the local times (ms as if in UTC) that it skips or shows twice. */
export interface ClockChange {
  readonly kind: 'skipped' | 'repeated';
  /** ms since the epoch. */
  readonly at: number;
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
}

const weekMs = 7 * 24 * 3_600_000;

/** Changes of the clocks between two moments; two within a week that undo each other are not seen. Throws RangeError for an unknown zone. */
export function clockChanges(timezone: string, fromMs: number, untilMs: number): readonly ClockChange[] {
  const offsetAt = offsetReader(timezone);
  const changes: ClockChange[] = [];
  let before = offsetAt(fromMs);
  for (let start = fromMs; start < untilMs; start += weekMs) {
    const after = offsetAt(start + weekMs);
    if (after !== before) changes.push(changeBetween(offsetAt, start, start + weekMs));
    before = after;
  }
  return changes;
}

function changeBetween(offsetAt: (ms: number) => number, start: number, end: number): ClockChange {
  const before = offsetAt(start);
  let [low, high] = [start, end];
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2000) * 1000;
    if (middle <= low) break;
    if (offsetAt(middle) === before) low = middle;
    else high = middle;
  }
  const after = offsetAt(high);
  const [from, until] = [high + Math.min(before, after), high + Math.max(before, after)];
  return { kind: after > before ? 'skipped' : 'repeated', at: high, from, until };
}

/** Distance of local time from UTC in ms at a moment. */
function offsetReader(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (ms) => {
    const [, sign, hours, minutes, seconds] =
      /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(format.format(ms)) ?? [];
    const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(seconds ?? 0);
    return (sign === '-' ? -size : size) * 1000;
  };
}
