import { epochMsOf } from '../fleet/instant.ts';
import { temporal } from '../fleet/temporal.ts';

/** Formats an RFC 3339 time in a time zone: `2026-11-21 02:00 Europe/Berlin`. Returns an invalid time unchanged. */
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
