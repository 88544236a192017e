/** RFC 3339 in UTC of a moment in ms since the epoch. */
export function rfc3339(epochMs: number): string {
  return fromEpoch(epochMs).toISOString();
}

/** The same for people: without a fraction where the moment has none. */
export function rfc3339Seconds(epochMs: number): string {
  return rfc3339(epochMs).replace('.000Z', 'Z');
}

/** Ms since the epoch of an RFC 3339 moment; null for what is none. */
export function epochMsOf(moment: string): number | null {
  const ms = fromText(moment);
  return Number.isNaN(ms) ? null : ms;
}

// The clock is not read in this file: moments that were passed in only change their form.
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromEpoch = (ms: number) => new Date(ms);
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromText = (text: string) => Date.parse(text);
