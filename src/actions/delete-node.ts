import type { ProviderName } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { fleetLabel, serverName, uidLabel, uidOf } from '../fleet/naming.ts';
import type { Action } from '../fleet/plan.ts';
import { type ActionContext, step } from './context.ts';
import { forgetHostKey } from './host-keys.ts';

const deleteTimeoutMs = 5 * 60_000;

/** Deletes the server of a node that is no longer described. Looks at its labels once more right before. */
export async function deleteNode(
  context: ActionContext,
  action: Action,
  provider: ProviderName,
): Promise<void> {
  if (action.target.kind !== 'node') throw new PressluftError(errors.internal, `${action.id} names no node`);
  const manifest = context.desired.providers.get(provider);
  if (manifest?.kind !== 'hetzner') {
    throw new PressluftError(
      errors.settingInvalid,
      `provider ${provider} of ${action.resource} is not described any more`,
      {
        hint: 'Bring the provider manifest back until its nodes are deleted.',
      },
    );
  }
  const { fleet } = context.desired.config;
  const uid = uidOf(fleet, action.resource);
  const cloud = await context.deps.cloud(manifest);
  const name = serverName(fleet, action.target.node);
  await step(context, action.resource, 'delete-server', async () => {
    const server = await cloud.findServer(name, context.waitSignal);
    if (server === null) return;
    if (server.labels[fleetLabel] !== fleet || server.labels[uidLabel] !== uid) {
      throw new PressluftError(errors.nameTaken, `server ${name} does not carry the labels of this fleet`, {
        hint: 'Somebody made or relabelled it; Pressluft deletes only what it made.',
      });
    }
    const started = await cloud.deleteServer(server.id, context.signal);
    await cloud.waitForActions(started, { timeoutMs: deleteTimeoutMs, signal: context.waitSignal });
  });
  forgetHostKey(context.deps.store, uid);
}
