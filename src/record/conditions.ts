import { notAppliedWords } from '../fleet/not-applied.ts';
import type { NotApplied } from '../fleet/plan.ts';
import { notReady } from '../fleet/reasons/reason-entry.ts';
import { type Reason, reasonEntry } from '../fleet/reasons.ts';
import type { Condition } from '../fleet/recorded.ts';

/** A condition as found now. Its transition time is computed from the recorded conditions. */
export type Finding = Omit<Condition, 'lastTransitionTime'>;

/** The condition of a reason. `nextStep` overrides the default next step of the reason. */
export function finding(reason: Reason, message: string, nextStep?: string): Finding {
  const { condition, nextStep: usual } = reasonEntry(reason);
  const next = nextStep ?? (typeof usual === 'string' ? usual : undefined);
  return { ...(condition ?? notReady), reason, message, ...(next === undefined ? {} : { nextStep: next }) };
}

/** The condition of settings that this version accepts and does not apply; none if there are none. */
export function partlyApplied(settings: readonly NotApplied[]): readonly Finding[] {
  if (settings.length === 0) return [];
  return [{ ...finding('PartlyApplied', notAppliedWords(settings)), type: 'PartlyApplied', status: 'True' }];
}

/**
 * Keeps the transition time while the status is the same, and the message while the reason is the same: error messages
 * that differ in a number only must not cause a commit in every pass. `fresh`: there was a new attempt.
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
