import type { ResourceRef, Uid } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { environmentNames, uidOf } from '../fleet/naming.ts';
import type { Action } from '../fleet/plan.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { ActionContext } from './context.ts';
import { type Batch, defineAction, type Outcomes } from './define-action.ts';
import { forgetInterrupted } from './interrupted.ts';
import { outcomesOf } from './playbook-outcomes.ts';
import { reach } from './reach-node.ts';
import { environmentsTimeoutMs, runPlaybook } from './run-playbook.ts';

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'environment.delete': null;
  }
}

export const environmentDelete = defineAction({
  kind: 'environment.delete',
  rank: 10,
  batchKey: 'remove',
  effect: 'deletes',
  risk: 'data',
  assumedSeconds: 10,
  run: removeEnvironments,
});

/** Retains or deletes environments of one node, in one Ansible run. */
export async function removeEnvironments(
  context: ActionContext,
  { node, actions }: Batch,
): Promise<Outcomes<null>> {
  const removals = actions.map((action) => removalOf(context, action));
  const { address } = reach(context, node);
  const outcome = await runPlaybook(context, {
    playbook: 'environment-delete',
    node,
    address,
    vars: { pressluft_delete: removals.map((removal) => removal.task) },
    resource: resourceRef('Node', node),
    environments: new Set(removals.map(({ ref }) => ref.slice('environment/'.length))),
    timeoutMs: environmentsTimeoutMs(removals.length),
  });
  const outcomes = outcomesOf(
    context,
    removals.map(({ ref }) => ref),
    outcome,
  );
  for (const { ref, task } of removals) {
    const ended = outcomes.get(ref);
    if (task.policy === 'delete' && ended !== undefined && !('error' in ended))
      forgetInterrupted(context.deps.store, task.uid as Uid);
  }
  return outcomes;
}

interface Removal {
  readonly ref: ResourceRef;
  readonly task: Readonly<Record<string, Json>>;
}

function removalOf({ desired }: ActionContext, action: Action): Removal {
  if (action.target.kind !== 'environment')
    throw new PressluftError(errors.internal, `${action.id} names no environment`);
  const names = environmentNames(action.target.environment);
  return {
    ref: action.resource,
    task: {
      name: action.target.environment,
      uid: uidOf(desired.config.fleet, action.resource),
      unix_user: names.unixUser,
      database: names.database,
      database_user: names.databaseUser,
      redis_user: names.redisUser,
      redis_prefix: names.redisPrefix,
      policy: action.kind === 'environment.delete' ? 'delete' : 'retain',
    },
  };
}
