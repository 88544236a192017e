import type { Json } from '../../../fleet/digest.ts';
import { type ReadSchedule, scheduleAt, scheduleCheck } from '../../checks/schedule-checks.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import { isObject, stringAt, valueAt } from '../../plain.ts';

const dayMs = 86_400_000;

/** The period that one backup of each rule covers; `last` depends on the schedule. */
const spans: Readonly<Record<string, number>> = {
  daily: dayMs,
  weekly: 7 * dayMs,
  monthly: 30 * dayMs,
  yearly: 365 * dayMs,
};

/** The interval of verification when a policy does not set one: once a week, like `defaultVerification` of the resolution. */
const defaultVerificationMs = 7 * dayMs;

/** Schedules and retention of a backup policy. */
export function policyChecks(value: Json): FieldProblem[] {
  const schedule = scheduleAt(value, ['spec', 'schedule']);
  const verification = verificationOf(value, schedule.schedule?.timezone);
  return [
    ...schedule.problems,
    ...verification.problems,
    ...retentionChecks(value, schedule.schedule, verification),
  ];
}

interface Verification {
  readonly problems: readonly FieldProblem[];
  /** Longest time between two verifications; undefined when there are none, or when it is not known. */
  readonly gapMs: number | undefined;
  readonly path: readonly string[];
}

/** Without a time zone of its own it follows that of the schedule. */
function verificationOf(value: Json, timezone: string | undefined): Verification {
  const path = ['spec', 'verification'];
  const verification = valueAt(value, ...path);
  if (verification === undefined) {
    return { problems: [], gapMs: defaultVerificationMs, path: ['spec', 'retention'] };
  }
  if (!isObject(verification)) return { problems: [], gapMs: undefined, path };
  const cronPath = [...path, 'cron'];
  const found = scheduleCheck(
    stringAt(verification, 'cron'),
    stringAt(verification, 'timezone') ?? timezone,
    { cronPath, zonePath: [...path, 'timezone'] },
  );
  return { problems: found.problems, gapMs: found.schedule?.longestGapMs, path: cronPath };
}

interface Kept {
  /** Maximum number of backups that the rules keep. */
  readonly count: number;
  /** Minimum age in ms that the oldest of them reaches before it is deleted. */
  readonly reachMs: number;
}

function retentionChecks(
  value: Json,
  schedule: ReadSchedule | undefined,
  verification: Verification,
): FieldProblem[] {
  const retention = valueAt(value, 'spec', 'retention');
  if (!isObject(retention)) return [];
  const path = ['spec', 'retention'];
  const kept = keptBy(retention, schedule);
  if (kept === undefined) return [];
  if (kept.count === 0) {
    const message = 'the retention keeps nothing: every backup would be deleted as soon as it is made';
    return [
      {
        code: diagnosticCodes.retentionKeepsNothing,
        message,
        path,
        at: 'key',
        expected: 'for example { daily: 7, weekly: 4 }',
      },
    ];
  }
  if (schedule === undefined) return [];
  if (kept.count === 1 || kept.reachMs < dayMs) {
    const message =
      kept.count === 1
        ? 'a single backup is kept: the next one replaces it, even if the next one contains the damage already'
        : `${kept.count} backups made every ${duration(schedule.longestGapMs)} reach back ${duration(kept.reachMs)}: damage that is noticed the next day cannot be undone`;
    const expected = 'rules that reach back some days, e.g. { last: 3, daily: 7 }';
    return [{ code: diagnosticCodes.retentionKeepsLittle, message, path, at: 'key', expected }];
  }
  const { gapMs, path: place } = verification;
  if (gapMs === undefined || gapMs <= kept.reachMs) return [];
  const message = `backups are kept for ${duration(kept.reachMs)} and proven every ${duration(gapMs)}: at times none of the kept backups is proven`;
  const expected = 'a verification at least as often, or a longer retention';
  return [{ code: diagnosticCodes.backupsUnproven, message, path: place, at: 'value', expected }];
}

/** Undefined when a rule is not a number, which the schema reports. */
function keptBy(
  retention: { readonly [key: string]: Json },
  schedule: ReadSchedule | undefined,
): Kept | undefined {
  const gapMs = schedule?.shortestGapMs ?? 0;
  let [count, reachMs] = [0, 0];
  for (const rule of ['last', ...Object.keys(spans)]) {
    const number = Object.hasOwn(retention, rule) ? retention[rule] : 0;
    if (typeof number !== 'number' || number < 0) return undefined;
    count = Math.max(count, number);
    // If backups are rarer than the rule, each of them is kept for longer.
    const span = rule === 'last' ? gapMs : Math.max(spans[rule] ?? 0, gapMs);
    reachMs = Math.max(reachMs, number * span);
  }
  return { count, reachMs };
}

function duration(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${Math.round(hours / 24)} days`;
  if (hours >= 1) return hours === 1 ? 'hour' : `${Math.round(hours)} hours`;
  return `${Math.max(1, Math.round(ms / 60_000))} minutes`;
}
