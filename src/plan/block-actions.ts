import type { Action, ActionId, Blocked } from '../fleet/plan.ts';
import type { Planned } from './plan-input.ts';

/** Why an action must not be carried out now. */
export type Block = Pick<
  Blocked,
  'reason' | 'message' | 'nextStep' | 'needsPerson' | 'notBefore' | 'timezone'
>;

export const restorePointReason = 'RestorePoint';

/**
 * Takes actions out of a plan, with all that wait for them. A restore point is taken right before what it guards or not at all. The
 * actions must be in the order of a plan.
 */
export function blockActions(planned: Planned, judge: (action: Action) => Block | null): Planned {
  const blocked = new Map<ActionId, Blocked>();
  for (const action of planned.actions) {
    const block = judge(action) ?? upstreamBlock(action, blocked);
    if (block !== null) blocked.set(action.id, blockedBy(action, block));
  }
  if (blocked.size === 0) return planned;
  const needed = new Set(
    planned.actions.filter((action) => !blocked.has(action.id)).flatMap((action) => action.dependsOn),
  );
  return {
    actions: planned.actions.filter(
      (action) => !blocked.has(action.id) && (action.reason !== restorePointReason || needed.has(action.id)),
    ),
    blocked: [...planned.blocked, ...blocked.values()],
  };
}

export function blockedBy(action: Action, block: Block): Blocked {
  const { resource, target, kind, cause } = action;
  return { resource, node: target.node, kind, ...block, cause, action };
}

function upstreamBlock({ dependsOn }: Action, blocked: ReadonlyMap<ActionId, Blocked>): Block | null {
  const id = dependsOn.find((candidate) => blocked.has(candidate));
  const upstream = id === undefined ? undefined : blocked.get(id);
  if (upstream === undefined) return null;
  const { notBefore, timezone, nextStep, needsPerson } = upstream;
  return {
    reason: 'waits_for',
    message: `waits for ${id}`,
    nextStep: needsPerson ? nextStep : 'Nothing: it goes on by itself once that has succeeded.',
    needsPerson,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}
