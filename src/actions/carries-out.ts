import type { ActionKind } from '../fleet/plan.ts';

/** Kinds of actions that there is code for in this folder. The planner holds back all others and says so. */
export const supported: ReadonlySet<ActionKind> = new Set([
  'node.create',
  'node.provision',
  'node.delete',
  'environment.converge',
  'environment.stop',
  'environment.start',
  'environment.retain',
  'environment.delete',
]);
