import { Cron } from 'croner';
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

/** Describes the first value of a five-field cron expression that is unknown or out of range; undefined if there is none. */
function cronFieldFault(texts: readonly string[]): string | undefined {
  for (const [index, field] of cronFields.entries()) {
    for (const part of (texts[index] ?? '').split(',')) {
      const fault = partFault(part, field);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly greatest: number;
  readonly names: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Sunday is 0 and 7. */
const cronFields: readonly CronField[] = [
  { name: 'minute', least: 0, greatest: 59, names: [] },
  { name: 'hour', least: 0, greatest: 23, names: [] },
  { name: 'day of the month', least: 1, greatest: 31, names: [] },
  { name: 'month', least: 1, greatest: 12, names: months },
  { name: 'day of the week', least: 0, greatest: 7, names: days },
];

/** `*`, `5`, `MON`, `1-5`, each with an optional step; other forms, such as `L` and `FRI#2`, are checked by the library. */
function partFault(part: string, field: CronField): string | undefined {
  const [range = '', step] = part.split('/');
  const span = field.greatest - field.least + 1;
  if (step !== undefined && (!/^\d{1,3}$/.test(step) || Number(step) < 1 || Number(step) > span)) {
    return `${JSON.stringify(step)} is not a valid step of the ${field.name}: 1 to ${span}`;
  }
  if (range === '*' || range === '') return undefined;
  for (const value of range.split('-')) {
    if (/^\d+$/.test(value) && (Number(value) < field.least || Number(value) > field.greatest)) {
      return `${value} is not a valid ${field.name}: ${field.least} to ${field.greatest}`;
    }
    if (/^[A-Za-z]{3,}$/.test(value) && !field.names.includes(value.toUpperCase())) {
      const known = field.names.length === 0 ? `${field.least} to ${field.greatest}` : field.names.join(', ');
      return `${JSON.stringify(value)} is not a valid ${field.name}: ${known}`;
    }
  }
  return undefined;
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
