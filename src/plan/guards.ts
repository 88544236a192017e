import { removes } from '../fleet/action-traits.ts';
import type { Digest, NodeName } from '../fleet/brand.ts';
import type { Action, Blocked } from '../fleet/plan.ts';
import { isLossReason, reasons } from '../fleet/reasons.ts';
import { because, blockActions, blockedBy } from './block-actions.ts';
import { lossBlock } from './losses.ts';
import type { PlanInput, Planned } from './plan-input.ts';

/** Blocks changes and deletions on a suspended node. */
export function blockedBySuspension({ desired }: PlanInput, planned: Planned): Planned {
  const suspended = new Set<NodeName>();
  for (const node of desired.nodes.values()) if (node.state === 'suspended') suspended.add(node.name);
  if (suspended.size === 0) return planned;
  return blockActions(planned, ({ target }) =>
    suspended.has(target.node)
      ? because(
          'Suspended',
          target.kind === 'node' ? 'it is suspended' : `node ${target.node} is suspended`,
          reasons.Suspended.nextStep,
        )
      : null,
  );
}

/** Unsupported actions are blocked together with their dependents. They restore no data. */
export function blockedAsUnsupported({ kinds }: PlanInput, planned: Planned): Planned {
  const actions = planned.actions.map((action) =>
    action.restores === null || kinds[action.kind].supported ? action : { ...action, restores: null },
  );
  return blockActions({ ...planned, actions }, ({ kind }) =>
    kinds[kind].supported
      ? null
      : because('NotSupported', reasons.NotSupported.message(kind), reasons.NotSupported.nextStep),
  );
}

/**
 * If there are more removals than the budget allows, all are blocked until a commit raises it: a removal takes a site out of service, also where
 * its data are kept. Deletions that depend on a final backup count as well: otherwise any number could pass one by one.
 */
export function withinDeletionBudget(input: PlanInput, planned: Planned): Planned {
  const { kinds, desired } = input;
  const described = new Set([...desired.environments.values()].map(({ ref }) => ref));
  const isRemoval = ({ kind, resource }: Pick<Action, 'kind' | 'resource'>) =>
    removes(kinds[kind].effect) && !described.has(resource);
  // Deletions that follow automatically.
  const isComing = (item: Blocked) => isRemoval(item) && item.action !== undefined && !item.needsPerson;
  const count = new Set(
    [...planned.actions.filter(isRemoval), ...planned.blocked.filter(isComing)].map(
      ({ resource }) => resource,
    ),
  ).size;
  const { maxCount, maxPercent } = desired.config.deletionBudget;
  const total = sizeOf(input);
  // One removal is always allowed by the share; otherwise small fleets could never remove anything.
  const overShare = count > 1 && count * 100 > maxPercent * total;
  if (count <= maxCount && !overShare) return planned;
  const message = `${count} removals of ${total} resources exceed the budget (at most ${maxCount}, ${maxPercent} %)`;
  const block = because('DeletionBudget', message, reasons.DeletionBudget.nextStep);
  const blocked = planned.blocked.map((item) =>
    isComing(item) && item.action !== undefined ? blockedBy(item.action, block) : item,
  );
  return blockActions({ ...planned, blocked }, (action) => (isRemoval(action) ? block : null));
}

/** Number of nodes and environments that are desired or observed. Creating desired ones does not change it, so a pass cannot raise its own budget. */
function sizeOf({ desired, observed }: PlanInput): number {
  const nodes = new Set([...desired.nodes.keys(), ...observed.nodes.keys()]);
  const environments = new Set(desired.environments.keys());
  for (const node of observed.nodes.values())
    for (const name of node.environments.keys()) environments.add(name);
  return nodes.size + environments.size;
}

/**
 * Blocks actions that accept a loss, and those that need an approval by the fleet's configuration, until a recorded approval matches the
 * action as it is planned now.
 */
export function blockedForApproval(input: PlanInput, planned: Planned, digest: Digest): Planned {
  const { desired, recorded } = input;
  const { risks, irreversible } = desired.config.approvals;
  const approved = new Set(recorded.approvals.flatMap((approval) => approval.actions));
  const { message, nextStep } = reasons.ApprovalRequired;
  const block = (what: string) => because('ApprovalRequired', message(what), nextStep(digest));
  return blockActions(planned, (action) => {
    if (approved.has(action.digest)) return null;
    if (isLossReason(action.reason)) return lossBlock(input, action, action.reason, digest);
    if (risks.includes(action.risk)) return block(riskWords[action.risk]);
    return irreversible && !action.undo.byRevert ? block('a change that a revert cannot undo') : null;
  });
}

const riskWords: Readonly<Record<Action['risk'], string>> = {
  none: 'every change',
  restart: 'a restart of services',
  downtime: 'a change with downtime',
  data: 'a change that can harm data',
};
