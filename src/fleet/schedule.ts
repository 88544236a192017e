import { Cron } from 'croner';

/** A cron expression with five fields (minute, hour, day of month, month, day of week) in a named time zone. */
export interface Schedule {
  readonly cron: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timezone: string;
}

/**
 * The first moment after `afterMs` (ms since the epoch) at which a schedule fires; null when it never does again. Throws
 * RangeError for an expression or time zone that cannot be read: manifests are checked before.
 */
export function nextOccurrence({ cron, timezone }: Schedule, afterMs: number): number | null {
  const schedule = new Cron(cron, { timezone, mode: '5-part' });
  return schedule.nextRun(fromEpoch(afterMs))?.getTime() ?? null;
}

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

// The clock is not read here: a moment that was passed in only takes the form that the library asks for.
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromEpoch = (ms: number) => new Date(ms);
