import type { CommitSha } from '../fleet/brand.ts';
import { digestOf } from '../fleet/digest.ts';
import type { Action } from '../fleet/plan.ts';
import { noDowntime } from './estimates.ts';
import { byRevert } from './undo.ts';

/** An action without its digest; what most actions do not say may be left out. */
export type ActionDraft = Omit<Action, 'digest' | 'downtime' | 'undo' | 'restores'> &
  Partial<Pick<Action, 'undo' | 'restores'>> & {
    /** Observed and recorded facts that the action was planned on; those that move by themselves left out. */
    readonly found: unknown;
  };

/** Everything that is known about an action, and the digest that an approval is bound to. Its downtime is estimated later. */
export function makeAction(commit: CommitSha, { found, ...draft }: ActionDraft): Action {
  const { id, reason, changes, desiredDigest } = draft;
  return {
    downtime: noDowntime,
    undo: byRevert,
    restores: null,
    ...draft,
    digest: digestOf({ commit, id, reason, changes, desiredDigest, found }),
  };
}
