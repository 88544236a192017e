import { rfc3339 } from '../../../src/fleet/instant.ts';
import type { Action, Blocked } from '../../../src/fleet/plan.ts';
import { isLossReason } from '../../../src/fleet/reasons.ts';
import { approvalPath, renderApproval } from '../../../src/record/approval-document.ts';
import type { SimRandom } from '../core/index.ts';
import { mainLife, statusBranch, type World } from './world.ts';

/** A person reads a blocked change that accepts a loss, and approves that one. */
export function acceptLoss(world: World, dice: SimRandom): string {
  const actions = lossActions(world);
  if (actions.length === 0) return 'nothing';
  const action = dice.pick(actions);
  approveActions(world, [action]);
  return `the loss by ${action.id} is accepted`;
}

/** All of them. Returns whether there were any. */
export function acceptAllLosses(world: World): boolean {
  const actions = lossActions(world);
  approveActions(world, actions);
  return actions.length > 0;
}

function lossActions(world: World): readonly Action[] {
  const blocked: readonly Blocked[] = mainLife(world)?.lastReport?.residual?.blocked ?? [];
  return blocked.flatMap(({ reason, action }) =>
    isLossReason(reason) && action !== undefined && action.reason === reason && !isApproved(world, action)
      ? [action]
      : [],
  );
}

export function approveActions(world: World, actions: readonly Action[]): void {
  const plan = mainLife(world)?.lastReport?.residual;
  if (plan == null || actions.length === 0) return;
  const approval = {
    plan: plan.digest,
    actions: actions.map(({ digest }) => digest),
    by: 'Ada',
    at: rfc3339(Date.UTC(2026, 0, 5, 9) + world.timeline.nowMs),
  };
  world.remote.push('Ada', statusBranch, { [approvalPath(approval)]: renderApproval(approval) }, 'approve');
}

export function isApproved({ remote }: World, { digest }: Pick<Action, 'digest'>): boolean {
  return [...remote.files(statusBranch, 'approvals').values()].some((text) => text.includes(digest));
}
