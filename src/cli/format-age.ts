const units = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `3 h ago`, `2 days ago`, `now`. Times in ms since the epoch. */
export function formatAge(at: number, now: number): string {
  const duration = formatDuration(now - at);
  if (duration !== null) return `${duration} ago`;
  return now - at < -60_000 ? 'in the future' : 'now';
}

/** `3 h`, `2 days`; null for less than a minute. */
export function formatDuration(ms: number): string | null {
  for (const [unit, length] of units) {
    const count = Math.floor(ms / length);
    if (count >= 1)
      return `${count} ${unit}${count > 1 && ['day', 'month', 'year'].includes(unit) ? 's' : ''}`;
  }
  return null;
}

/** `2026-11-20 14:03Z`: UTC, to the minute. */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
