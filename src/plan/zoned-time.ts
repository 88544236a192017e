import { epochMsOf } from '../fleet/instant.ts';

/** A moment in RFC 3339 as people of a time zone write it: `2026-11-21 02:00 Europe/Berlin`. What cannot be read stays as it is. */
export function inZone(time: string, timezone: string): string {
  const ms = epochMsOf(time);
  if (ms === null) return time;
  try {
    // Swedish writes dates as ISO 8601 does.
    const format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'short',
    });
    return `${format.format(ms)} ${timezone}`;
  } catch {
    return time;
  }
}
