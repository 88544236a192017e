import type { Action, ActionId, Blocked } from '../fleet/plan.ts';
import { type ActionReason, type BlockedReason, reasons } from '../fleet/reasons.ts';
import type { Planned } from './plan-input.ts';

/** Why an action must not run now. */
export type Block = Pick<
  Blocked,
  'reason' | 'message' | 'nextStep' | 'needsPerson' | 'notBefore' | 'timezone'
>;

export const restorePointReason = 'RestorePoint' satisfies ActionReason;

/** Reasons that always need a person, or never. */
type DecidedReason = {
  [Name in BlockedReason]: (typeof reasons)[Name]['needsPerson'] extends boolean ? Name : never;
}[BlockedReason];

export function because(reason: DecidedReason, message: string, nextStep: string): Block {
  return { reason, message, nextStep, needsPerson: reasons[reason].needsPerson };
}

/**
 * Blocks actions and their dependents. The restore point of a blocked action is dropped: it is useful only right before that action. The
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

function upstreamBlock(
  { dependsOn, resource }: Action,
  blocked: ReadonlyMap<ActionId, Blocked>,
): Block | null {
  const id = dependsOn.find((candidate) => blocked.has(candidate));
  const upstream = id === undefined ? undefined : blocked.get(id);
  if (upstream === undefined) return null;
  const { kind, notBefore, timezone, nextStep, needsPerson } = upstream;
  return {
    reason: 'WaitsFor',
    message: `waits for ${kind}${upstream.resource === resource ? '' : ` of ${upstream.resource}`}`,
    nextStep: needsPerson ? nextStep : reasons.WaitsFor.nextStep,
    needsPerson,
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(timezone === undefined ? {} : { timezone }),
  };
}
