import type { Condition, ConditionType } from '../fleet/recorded.ts';

/** A condition as found now; when it began is worked out against what was recorded. */
export type Finding = Omit<Condition, 'lastTransitionTime'>;

export function ready(reason: string, message: string): Finding {
  return { type: 'Ready', status: 'True', reason, message };
}

export function notReady(reason: string, message: string, nextStep?: string): Finding {
  return finding('Ready', 'False', reason, message, nextStep);
}

export function finding(
  type: ConditionType,
  status: Condition['status'],
  reason: string,
  message: string,
  nextStep?: string,
): Finding {
  return { type, status, reason, message, ...(nextStep === undefined ? {} : { nextStep }) };
}

/** Reasons whose words name a moment, a digest or a commit that a person acts on: these must be the current ones. */
const exact: ReadonlySet<string> = new Set([
  'MaintenanceWindow',
  'Freeze',
  'ApprovalRequired',
  'CommitRefused',
]);

/**
 * Carries over the time of the last transition while the status is the same, and the words while the reason is the same: error texts
 * that differ in a number only must not make a commit in every pass. `fresh` says that there was a new attempt.
 */
export function conditionsSince(
  before: readonly Condition[],
  now: readonly Finding[],
  at: string,
  fresh: boolean,
): readonly Condition[] {
  return now.map((found) => {
    const earlier = before.find((condition) => condition.type === found.type);
    if (earlier === undefined || earlier.status !== found.status) return { ...found, lastTransitionTime: at };
    if (earlier.reason === found.reason && !fresh && !exact.has(found.reason)) return earlier;
    return { ...found, lastTransitionTime: earlier.lastTransitionTime };
  });
}
