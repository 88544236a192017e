import { temporal } from './temporal.ts';

/** Whether the IANA database has the name. Offsets such as `+02:00`, which `Intl` accepts too, are not names. */
export function isTimezone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** A clock change of a time zone, and the local times (ms as if in UTC) that it skips or repeats. */
export interface ClockChange {
  readonly kind: 'skipped' | 'repeated';
  /** ms since the epoch. */
  readonly at: number;
  readonly from: number;
  /** Exclusive. */
  readonly until: number;
}

/** Clock changes between two times. Throws RangeError for an unknown time zone. */
export function clockChanges(timezone: string, fromMs: number, untilMs: number): readonly ClockChange[] {
  const changes: ClockChange[] = [];
  let before = temporal().Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone);
  for (;;) {
    const after = before.getTimeZoneTransition('next');
    if (after === null || after.epochMilliseconds >= untilMs) return changes;
    const at = after.epochMilliseconds;
    const offsets = [before, after].map(({ offsetNanoseconds }) => offsetNanoseconds / 1e6);
    changes.push({
      kind: after.offsetNanoseconds > before.offsetNanoseconds ? 'skipped' : 'repeated',
      at,
      from: at + Math.min(...offsets),
      until: at + Math.max(...offsets),
    });
    before = after;
  }
}
