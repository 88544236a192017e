import { epochMsOf } from '../fleet/instant.ts';
import { temporal } from '../fleet/temporal.ts';

/** A moment in RFC 3339 as people of a time zone write it: `2026-11-21 02:00 Europe/Berlin`. What cannot be read stays as it is. */
export function inZone(time: string, timezone: string): string {
  const ms = epochMsOf(time);
  if (ms === null) return time;
  try {
    const local = temporal().Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDateTime();
    return `${local.toString({ smallestUnit: 'minute' }).replace('T', ' ')} ${timezone}`;
  } catch {
    return time;
  }
}
