import { digestOf } from '../fleet/digest.ts';
import type { Plan } from '../fleet/plan.ts';
import { compareActions, compareBlocked } from './order.ts';
import { planEnvironment } from './plan-environments.ts';
import { merge, type PlanInput } from './plan-input.ts';
import { planFixedFields, planNode } from './plan-nodes.ts';
import { planRemovals } from './plan-removals.ts';

/**
 * The ordered actions that turn observed into desired. Pure: the same input gives the same plan, digest included.
 * Applying all of it and looking again gives an empty plan.
 */
export function plan(input: PlanInput): Plan {
  const nodes = new Map([...input.desired.nodes.values()].map((node) => [node.name, planNode(input, node)]));
  const environments = [...input.desired.environments.values()].map((environment) => {
    const node = nodes.get(environment.node);
    return planEnvironment(input, environment, node?.actions ?? [], node?.blocked ?? []);
  });
  const fixed = [...input.desired.nodes.values()].map((node) => planFixedFields(input, node));
  const all = merge([...nodes.values(), ...fixed, ...environments, planRemovals(input)]);
  const actions = [...all.actions].sort(compareActions);
  const blocked = [...all.blocked].sort(compareBlocked);
  const { commit } = input.desired;
  return { version: 1, commit, digest: digestOf({ commit, actions, blocked }), actions, blocked };
}
