import type { NodeName } from '../fleet/brand.ts';
import type { Action } from '../fleet/plan.ts';
import { type Block, blockActions } from './block-actions.ts';
import type { PlanInput, Planned } from './plan-input.ts';

/** Nothing on a suspended node is changed, and nothing of it is deleted. */
export function blockedBySuspension({ desired }: PlanInput, planned: Planned): Planned {
  const suspended = new Set<NodeName>();
  for (const node of desired.nodes.values()) if (node.state === 'suspended') suspended.add(node.name);
  if (suspended.size === 0) return planned;
  return blockActions(planned, ({ target }) =>
    suspended.has(target.node)
      ? {
          reason: 'suspended',
          message: `node ${target.node} is suspended`,
          nextStep: `Set spec.state of node ${target.node} to active in a commit.`,
          needsPerson: true,
        }
      : null,
  );
}

/** What there is no code for is told with what it would be, and so is everything that waits for it. It brings no data back. */
export function blockedAsUnsupported({ supported }: PlanInput, planned: Planned): Planned {
  const actions = planned.actions.map((action) =>
    action.restores === null || supported.has(action.kind) ? action : { ...action, restores: null },
  );
  return blockActions({ ...planned, actions }, ({ kind }) =>
    supported.has(kind)
      ? null
      : {
          reason: 'not_supported',
          message: `${kind} is not carried out by this version of Pressluft`,
          nextStep:
            'It is done by a later version as soon as that runs. Take it out of the manifests to go on without it.',
          needsPerson: true,
        },
  );
}

/** What the fleet wants a person's yes for, until a recorded approval names the action as it is planned now. */
export function blockedForApproval(
  { desired, recorded }: PlanInput,
  planned: Planned,
  digest: string,
): Planned {
  const { risks, irreversible } = desired.config.approvals;
  if (risks.length === 0 && !irreversible) return planned;
  const approved = new Set(recorded.approvals.flatMap((approval) => approval.actions));
  const hold = (why: string): Block => ({
    reason: 'approval_required',
    message: `${why} needs an approval`,
    nextStep: `Read the plan, then run \`pressluft approve ${digest}\`.`,
    needsPerson: true,
  });
  return blockActions(planned, (action) => {
    if (approved.has(action.digest)) return null;
    if (risks.includes(action.risk)) return hold(riskWords[action.risk]);
    return irreversible && !action.undo.byRevert ? hold('what a revert cannot undo') : null;
  });
}

const riskWords: Readonly<Record<Action['risk'], string>> = {
  none: 'every change',
  restart: 'a restart of services',
  downtime: 'a change that takes the site away for a while',
  data: 'a change that can harm data',
};
