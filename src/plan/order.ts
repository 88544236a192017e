import type { Action, ActionKind, Blocked } from '../fleet/plan.ts';

const rank: Readonly<Record<ActionKind, number>> = {
  'node.create': 0,
  'node.provision': 1,
  'backup.create': 2,
  'environment.stop': 3,
  'environment.start': 4,
  'environment.converge': 5,
  'environment.clone': 6,
  'environment.promote': 7,
  'backup.restore': 8,
  'environment.retain': 9,
  'environment.delete': 10,
  'node.delete': 11,
};

/**
 * The order of a plan. Machines before what runs on them; what exists before what is new to it; deletions last, and of
 * those the environments before their node. Among equals by resource name. Dependencies only ever point backwards.
 */
export function compareActions(a: Action, b: Action): number {
  return rank[a.kind] - rank[b.kind] || compareText(a.resource, b.resource);
}

export function compareBlocked(a: Blocked, b: Blocked): number {
  return compareText(a.resource, b.resource) || compareText(a.reason, b.reason);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
