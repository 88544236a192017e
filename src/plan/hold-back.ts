import type { Action, ActionId, Blocked } from '../fleet/plan.ts';
import type { Planned } from './plan-input.ts';

/** Why an action must not be carried out now. */
export type Hold = Pick<
  Blocked,
  'reason' | 'message' | 'nextStep' | 'needsPerson' | 'notBefore' | 'timezone'
>;

export const restorePointReason = 'RestorePoint';

/**
 * Takes actions out of a plan, with all that wait for them. A restore point is taken right before what it guards or not at all. The
 * actions must be in the order of a plan.
 */
export function holdBack(planned: Planned, judge: (action: Action) => Hold | null): Planned {
  const held = new Map<ActionId, Blocked>();
  for (const action of planned.actions) {
    const hold = judge(action) ?? upstreamHold(action, held);
    if (hold !== null) held.set(action.id, heldBack(action, hold));
  }
  if (held.size === 0) return planned;
  const needed = new Set(
    planned.actions.filter((action) => !held.has(action.id)).flatMap((action) => action.dependsOn),
  );
  return {
    actions: planned.actions.filter(
      (action) => !held.has(action.id) && (action.reason !== restorePointReason || needed.has(action.id)),
    ),
    blocked: [...planned.blocked, ...held.values()],
  };
}

export function heldBack(action: Action, hold: Hold): Blocked {
  const { resource, target, kind, cause } = action;
  return { resource, node: target.node, kind, ...hold, cause, action };
}

function upstreamHold({ dependsOn }: Action, held: ReadonlyMap<ActionId, Blocked>): Hold | null {
  const id = dependsOn.find((candidate) => held.has(candidate));
  const upstream = id === undefined ? undefined : held.get(id);
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
