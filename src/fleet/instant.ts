/** RFC 3339 in UTC of a time in ms since the epoch. */
export function rfc3339(epochMs: number): string {
  return fromEpoch(epochMs).toISOString();
}

/** The same for display: without a fraction if it is zero. */
export function rfc3339Seconds(epochMs: number): string {
  return rfc3339(epochMs).replace('.000Z', 'Z');
}

/** Ms since the epoch of an RFC 3339 time; null for an invalid text. */
export function epochMsOf(moment: string): number | null {
  const ms = fromText(moment);
  return Number.isNaN(ms) ? null : ms;
}

// This file does not read the clock: it only converts given times.
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromEpoch = (ms: number) => new Date(ms);
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromText = (text: string) => Date.parse(text);
