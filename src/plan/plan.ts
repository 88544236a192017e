import type { Digest } from '../fleet/brand.ts';
import { digestOf } from '../fleet/digest.ts';
import { notAppliedIn } from '../fleet/not-applied.ts';
import type { Plan } from '../fleet/plan.ts';
import { afterReleases, blockedByNames, decideNames } from './contested-names.ts';
import { estimatesOf } from './estimates.ts';
import { fleetView } from './fleet-view.ts';
import { blockedByWindows } from './guard-windows.ts';
import {
  blockedAsUnsupported,
  blockedBySuspension,
  blockedForApproval,
  withinDeletionBudget,
} from './guards.ts';
import { blockedByIdentity } from './losses.ts';
import { compareBlocked, inOrder } from './order.ts';
import { planEnvironments } from './plan-environments.ts';
import { planFirewall } from './plan-firewalls.ts';
import { merge, type PlanInput, type Planned } from './plan-input.ts';
import { planFixedFields, planNode } from './plan-nodes.ts';
import { planQuarantined } from './plan-quarantined.ts';
import { planRemovals } from './plan-removals.ts';
import { planRequests } from './plan-requests.ts';
import { withRestorePoints } from './restore-points.ts';

/**
 * The ordered actions that turn observed into desired. Pure: the same input gives the same plan, digest included.
 * Planning again after everything was applied gives an empty plan. Only a deletion with a final backup needs one plan per step.
 */
export function plan(input: PlanInput): Plan {
  const { kinds } = input;
  const view = fleetView(input);
  const nodes = new Map([...input.desired.nodes.values()].map((node) => [node.name, planNode(input, node)]));
  const environments = planEnvironments(view, nodes);
  const fixed = [...input.desired.nodes.values()].map((node) => planFixedFields(input, node));
  const firewalls = [...input.desired.nodes.values()].map((node) => planFirewall(input, node));
  const requests = planRequests(view, { nodes, environments });
  const all = merge([
    ...nodes.values(),
    ...fixed,
    ...firewalls,
    ...environments.values(),
    requests,
    planQuarantined(view),
    planRemovals(view),
  ]);

  const names = decideNames(view, all);
  const free = afterReleases(names, all);
  const ordered = {
    ...free,
    actions: inOrder(withRestorePoints(input, inOrder(free.actions, kinds)), kinds),
  };
  const certain = blockedByIdentity(input, blockedByNames(view, names, ordered));
  const allowed = withinDeletionBudget(
    input,
    blockedAsUnsupported(input, blockedBySuspension(input, certain)),
  );
  const digest = planDigest(input, allowed);

  // The steps below depend on the clock and on approvals. They do not change the digest: it covers only what is desired.
  const estimates = estimatesOf(input.recorded.durations, kinds);
  const approved = blockedForApproval(input, allowed, digest);
  const open = blockedByWindows(view, approved, estimates);
  const estimated = <T extends Plan['actions'][number]>(action: T): T => ({
    ...action,
    downtime: estimates.downtime(action),
  });
  const blocked = open.blocked
    .map((item) => (item.action === undefined ? item : { ...item, action: estimated(item.action) }))
    .sort(compareBlocked);
  return {
    version: 1,
    commit: input.desired.commit,
    digest,
    actions: open.actions.map(estimated),
    blocked,
    notApplied: notAppliedIn(input.desired),
  };
}

/** Covers commit, facts and desired state; not the clock, past runs or messages. */
function planDigest({ desired }: PlanInput, { actions, blocked }: Planned): Digest {
  return digestOf({
    commit: desired.commit,
    actions: actions.map(({ digest, dependsOn }) => [digest, dependsOn]),
    blocked: [...blocked]
      .sort(compareBlocked)
      .map(({ resource, kind, reason, action }) => [resource, kind, reason, action?.digest ?? null]),
  });
}
