import type { CommitSha } from '../fleet/brand.ts';
import { digestOf } from '../fleet/digest.ts';
import type { Action } from '../fleet/plan.ts';

/** An action without its digest; what most actions do not say may be left out. */
export type ActionDraft = Omit<Action, 'digest' | 'downtime' | 'undo' | 'restores'> &
  Partial<Pick<Action, 'downtime' | 'undo' | 'restores'>>;

const noDowntime = { seconds: 0, basis: 'none', samples: 0 } as const;
const byRevert = { byRevert: true, lost: null, restorePoint: null } as const;

/** Everything that is known about an action, and the digest that an approval is bound to. */
export function makeAction(commit: CommitSha, draft: ActionDraft): Action {
  const { id, reason, changes, wish } = draft;
  return {
    downtime: noDowntime,
    undo: byRevert,
    restores: null,
    ...draft,
    digest: digestOf({ commit, id, reason, changes, wish }),
  };
}
