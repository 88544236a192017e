import { notReady } from '../fleet/reasons/reason-entry.ts';
import { type Reason, reasonEntry } from '../fleet/reasons.ts';
import type { Condition } from '../fleet/recorded.ts';

/** A condition as found now; when it began is worked out against what was recorded. */
export type Finding = Omit<Condition, 'lastTransitionTime'>;

/** A reason as the condition that it leads to. The next step is the usual one of the reason, unless the case has its own. */
export function finding(reason: Reason, message: string, nextStep?: string): Finding {
  const { condition, nextStep: usual } = reasonEntry(reason);
  const next = nextStep ?? (typeof usual === 'string' ? usual : undefined);
  return { ...(condition ?? notReady), reason, message, ...(next === undefined ? {} : { nextStep: next }) };
}

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
    if (earlier.reason === found.reason && !fresh && reasonEntry(found.reason).exact !== true) return earlier;
    return { ...found, lastTransitionTime: earlier.lastTransitionTime };
  });
}
