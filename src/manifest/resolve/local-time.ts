import type { Temporal } from 'temporal-polyfill';
import { temporal } from '../../fleet/temporal.ts';

/** The moment of a local time that happens twice (the hour is set back) or never (it is set forward). */
export type Ambiguity = 'earliest' | 'latest';

/**
 * `2026-12-18T18:00` in a time zone, in ms since the epoch. A skipped time is interpreted as if the clocks had not been
 * set forward yet (RFC 5545, 3.3.5). A time zone that does not exist counts as UTC: the checks have refused it already.
 * Undefined when the text is not a local time.
 */
export function localTimeMs(text: string, timezone: string, ambiguity: Ambiguity): number | undefined {
  const local = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d)?/.exec(text)?.[0];
  if (local === undefined) return undefined;
  const disambiguation = ambiguity === 'earliest' ? 'compatible' : 'later';
  const { PlainDateTime } = temporal();
  try {
    const time = PlainDateTime.from(local);
    return inZone(time, timezone, disambiguation) ?? inZone(time, 'UTC', disambiguation);
  } catch {
    return undefined;
  }
}

function inZone(
  time: Temporal.PlainDateTime,
  timezone: string,
  disambiguation: 'compatible' | 'later',
): number | undefined {
  try {
    return time.toZonedDateTime(timezone, { disambiguation }).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** RFC 3339 in ms since the epoch; undefined for any other text. */
export function instantMs(text: string): number | undefined {
  try {
    return temporal().Instant.from(text).epochMilliseconds;
  } catch {
    return undefined;
  }
}

/** Whether the calendar has a day, given as `2026-02-30`. */
export function dayExists(date: string): boolean {
  try {
    temporal().PlainDate.from(date);
    return true;
  } catch {
    return false;
  }
}
