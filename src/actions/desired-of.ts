import type { DesiredEnvironment, DesiredNode } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { Action } from '../fleet/plan.ts';
import type { ActionContext } from './context.ts';

/** The desired node of an action; the planner makes such actions for desired nodes only. */
export function desiredNode({ desired }: ActionContext, { id, target }: Action): DesiredNode {
  const node = desired.nodes.get(target.node);
  if (node === undefined) throw new PressluftError(errors.internal, `${id}: its node is not desired`);
  return node;
}

/** The desired environment of an action. */
export function desiredEnvironment({ desired }: ActionContext, { id, target }: Action): DesiredEnvironment {
  const environment =
    target.kind === 'environment' ? desired.environments.get(target.environment) : undefined;
  if (environment === undefined)
    throw new PressluftError(errors.internal, `${id}: its environment is not desired`);
  return environment;
}
