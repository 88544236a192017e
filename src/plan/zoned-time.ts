/** A moment in RFC 3339 as people of a time zone write it: `2026-11-21 02:00 Europe/Berlin`. What cannot be read stays as it is. */
export function inZone(time: string, timezone: string): string {
  // The clock is not read here: a moment that was passed in only takes another form.
  // biome-ignore lint/style/noRestrictedGlobals: no clock is read
  const ms = Date.parse(time);
  if (!Number.isFinite(ms)) return time;
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
