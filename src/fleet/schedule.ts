import { Cron } from 'croner';
import { cronFieldFault } from './cron-fields.ts';
import { isTimezone } from './timezone.ts';

/** A cron expression with five fields (minute, hour, day of month, month, day of week) in a named time zone. */
export interface Schedule {
  readonly cron: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timezone: string;
}

/** Why a cron expression is invalid, in words for its author; undefined for a valid one. */
export function cronFault(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/);
  if (cron.trim().startsWith('@')) return 'names such as @daily are not supported';
  if (fields.length !== 5)
    return `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, not 5`;
  // The library would parse it as a date.
  if (cron.includes(':')) return 'it contains a colon, which no field allows';
  const fault = cronFieldFault(fields);
  if (fault !== undefined) return fault;
  try {
    compile({ cron, timezone: 'UTC' });
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return text.replace(/^Cron(Pattern)?: */, '').replace(/, Type: string$/, '');
  }
}

/**
 * The first time after `afterMs` (ms since the epoch) at which a schedule fires; null when it never fires again. A single time
 * of day that daylight saving skips fires right after the change; a repeated one fires the first time. Throws
 * RangeError for an invalid expression or time zone: manifests are checked earlier.
 */
export function nextOccurrence(schedule: Schedule, afterMs: number): number | null {
  return occurrencesAfter(schedule, afterMs, 1)[0] ?? null;
}

/** At most `count` times after `afterMs` at which a schedule fires, in order. Throws as {@link nextOccurrence}. */
export function occurrencesAfter(schedule: Schedule, afterMs: number, count: number): readonly number[] {
  let cron: Cron;
  try {
    cron = compile(schedule);
  } catch (cause) {
    throw new RangeError(`the schedule ${JSON.stringify(schedule)} is invalid`, { cause });
  }
  if (!isTimezone(schedule.timezone)) throw new RangeError(`there is no time zone ${schedule.timezone}`);
  const found: number[] = [];
  for (let last = afterMs; found.length < count; ) {
    const next = cron.nextRun(fromEpoch(last))?.getTime();
    if (next === undefined) break;
    found.push(next);
    last = next;
  }
  return found;
}

/** Whether it names a single time of day, without list, range or step: only then daylight saving neither skips nor repeats it. */
export function hasOneTimeOfDay(cron: string): boolean {
  return /^\d+ +\d+ /.test(cron.trim());
}

function compile({ cron, timezone }: Schedule): Cron {
  if (cron.includes(':')) throw new RangeError('a date is not a cron expression');
  return new Cron(cron, { timezone, mode: '5-part' });
}

// This file does not read the clock: it only converts a given time for the library.
// biome-ignore lint/style/noRestrictedGlobals: no clock is read
const fromEpoch = (ms: number) => new Date(ms);

export { isTimezone };
