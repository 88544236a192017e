import type { ActionContext } from '../actions/context.ts';
import {
  convergeEnvironments,
  type EnvironmentOutcomes,
  removeEnvironments,
} from '../actions/converge-environments.ts';
import { createNode } from '../actions/create-node.ts';
import { deleteNode } from '../actions/delete-node.ts';
import { provisionNode } from '../actions/provision-node.ts';
import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { environmentNames, uidOf } from '../fleet/naming.ts';
import type { Action } from '../fleet/plan.ts';
import type { Batch } from './batches.ts';

/** Carries out one batch. Throws when it failed as a whole; otherwise every resource has an outcome. */
export async function performBatch(context: ActionContext, batch: Batch): Promise<EnvironmentOutcomes> {
  const first = batch.actions[0];
  if (first === undefined) return new Map();
  switch (first.kind) {
    case 'node.create':
      return one(first, await create(context, first));
    case 'node.provision':
      return one(first, await provisionNode(context, first, desiredNode(context, first)));
    case 'node.delete':
      return one(first, await remove(context, first));
    case 'environment.converge':
    case 'environment.stop':
    case 'environment.start':
      return convergeEnvironments(
        context,
        batch.node,
        batch.actions.map((action) => desiredEnvironment(context, action)),
      );
    case 'environment.retain':
    case 'environment.delete':
      return removeEnvironments(
        context,
        batch.node,
        batch.actions.map((action) => removalOf(context, action)),
      );
    case 'environment.clone':
    case 'environment.promote':
    case 'backup.create':
    case 'backup.restore':
      throw new PressluftError(errors.internal, `${first.id}: this version does not carry it out`);
    default:
      first.kind satisfies never;
      return new Map();
  }
}

function one(action: Action, changed: boolean): EnvironmentOutcomes {
  return new Map([[action.resource, { changed }]]);
}

async function create(context: ActionContext, action: Action): Promise<boolean> {
  const node = desiredNode(context, action);
  if (node.kind !== 'hetzner')
    throw new PressluftError(errors.internal, `${action.id}: a static node cannot be created`);
  await createNode(context, action, node);
  return true;
}

async function remove(context: ActionContext, action: Action): Promise<boolean> {
  const recorded = context.recorded.status.get(action.resource)?.provider;
  const hetzner = [...context.desired.providers.values()].filter((provider) => provider.kind === 'hetzner');
  const provider = recorded ?? (hetzner.length === 1 ? hetzner[0]?.name : undefined);
  if (provider === undefined) {
    throw new PressluftError(
      errors.settingInvalid,
      `${action.resource}: it is not recorded at which provider it was made`,
      {
        hint: 'Bring its manifest back for one pass, so that it is recorded, then remove it again.',
      },
    );
  }
  await deleteNode(context, action, provider as ProviderName);
  return true;
}

function desiredNode(context: ActionContext, action: Action) {
  const node = context.desired.nodes.get(action.target.node);
  if (node === undefined) throw new PressluftError(errors.internal, `${action.id}: its node is not desired`);
  return node;
}

function desiredEnvironment(context: ActionContext, action: Action): DesiredEnvironment {
  const environment =
    action.target.kind === 'environment'
      ? context.desired.environments.get(action.target.environment)
      : undefined;
  if (environment === undefined)
    throw new PressluftError(errors.internal, `${action.id}: its environment is not desired`);
  return environment;
}

function removalOf(context: ActionContext, action: Action) {
  if (action.target.kind !== 'environment')
    throw new PressluftError(errors.internal, `${action.id} names no environment`);
  const names = environmentNames(action.target.environment);
  return {
    ref: action.resource,
    task: {
      name: action.target.environment,
      uid: uidOf(context.desired.config.fleet, action.resource),
      unix_user: names.unixUser,
      database: names.database,
      database_user: names.databaseUser,
      redis_user: names.redisUser,
      redis_prefix: names.redisPrefix,
      policy: action.kind === 'environment.delete' ? 'delete' : 'retain',
    },
  };
}
