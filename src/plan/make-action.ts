import { digestOf } from '../fleet/digest.ts';
import type { Action } from '../fleet/plan.ts';
import { noDowntime } from './estimates.ts';
import type { PlanInput } from './plan-input.ts';
import { byRevert } from './undo.ts';

/** An action without its digest; what most actions do not say may be left out. */
export type ActionDraft = Omit<Action, 'digest' | 'downtime' | 'risk' | 'undo' | 'restores' | 'formerFile'> &
  Partial<Pick<Action, 'risk' | 'undo' | 'restores' | 'formerFile'>> & {
    /** Observed and recorded facts that the action was planned on; those that move by themselves left out. */
    readonly found: unknown;
  };

/** Everything that is known about an action, and the digest that an approval is bound to. Its downtime is estimated later. */
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
