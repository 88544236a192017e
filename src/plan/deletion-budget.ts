import type { Action, Blocked } from '../fleet/plan.ts';
import { type Block, blockActions, blockedBy } from './block-actions.ts';
import type { PlanInput, Planned } from './plan-input.ts';

/**
 * More deletions at once than the budget allows are all held back until a commit raises it. Deletions that wait for a final backup count
 * as well: one after the other they would slip below any budget.
 */
export function withinDeletionBudget(input: PlanInput, planned: Planned): Planned {
  const count = planned.actions.filter(isDeletion).length + planned.blocked.filter(isComing).length;
  const { maxCount, maxPercent } = input.desired.config.deletionBudget;
  const total = sizeOf(input);
  // One deletion is always within the share, or small fleets could never delete anything.
  const overShare = count > 1 && count * 100 > maxPercent * total;
  if (count <= maxCount && !overShare) return planned;
  const block: Block = {
    reason: 'deletion_budget',
    message: `${count} deletions of ${total} resources exceed the budget (at most ${maxCount}, ${maxPercent} %)`,
    nextStep:
      'If all of them are meant: raise spec.deletionBudget in pressluft.yaml in a commit, and lower it again later.',
    needsPerson: true,
  };
  const blocked = planned.blocked.map((item) =>
    isComing(item) && item.action !== undefined ? blockedBy(item.action, block) : item,
  );
  return blockActions({ ...planned, blocked }, (action) => (isDeletion(action) ? block : null));
}

function isDeletion({ kind }: Pick<Action, 'kind'>): boolean {
  return kind === 'environment.delete' || kind === 'node.delete';
}

/** Deletions that follow by themselves. */
function isComing(item: Blocked): boolean {
  return isDeletion(item) && item.action !== undefined && !item.needsPerson;
}

/** Nodes and environments that are described or there. Creating what is described does not change it, so that a pass cannot raise its own budget. */
function sizeOf({ desired, observed }: PlanInput): number {
  const nodes = new Set([...desired.nodes.keys(), ...observed.nodes.keys()]);
  const environments = new Set(desired.environments.keys());
  for (const node of observed.nodes.values())
    for (const name of node.environments.keys()) environments.add(name);
  return nodes.size + environments.size;
}
