import { digestOf } from '../fleet/digest.ts';
import type { Action } from '../fleet/plan.ts';
import { noDowntime } from './estimates.ts';
import type { PlanInput } from './plan-input.ts';
import { byRevert } from './undo.ts';

/** An action without its digest. Members with a usual default are optional. */
export type ActionDraft = Omit<Action, 'digest' | 'downtime' | 'risk' | 'undo' | 'restores' | 'formerFile'> &
  Partial<Pick<Action, 'risk' | 'undo' | 'restores' | 'formerFile'>> & {
    /** Observed and recorded facts that the action is based on, without those that change by themselves. */
    readonly found: unknown;
  };

/** Completes an action and adds the digest that an approval is bound to. The downtime is estimated later. */
export function makeAction(
  { desired: { commit }, kinds }: Pick<PlanInput, 'desired' | 'kinds'>,
  { found, ...draft }: ActionDraft,
): Action {
  const { id, kind, reason, changes, desiredDigest } = draft;
  return {
    downtime: noDowntime,
    risk: kinds[kind].risk,
    undo: byRevert,
    restores: null,
    formerFile: null,
    ...draft,
    digest: digestOf({ commit, id, reason, changes, desiredDigest, found }),
  };
}
