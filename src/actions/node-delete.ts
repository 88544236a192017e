import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../fleet/errors.ts';
import { fleetLabel, serverName, uidLabel, uidOf } from '../fleet/naming.ts';
import type { Action } from '../fleet/plan.ts';
import { firewallName } from '../fleet/provider-firewall.ts';
import type { Cloud, CloudServer } from '../ports/cloud.ts';
import { type ActionContext, step } from './context.ts';
import { alone, defineAction } from './define-action.ts';
import { forgetHostKey } from './host-keys.ts';
import { controllerKeyName, providerLabels } from './node-firewall.ts';
import { forgetServer, pinnedServerId } from './server-pins.ts';

const deleteTimeoutMs = 5 * 60_000;

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'node.delete': null;
  }
}

export const nodeDelete = defineAction({
  kind: 'node.delete',
  rank: 11,
  batchKey: null,
  effect: 'deletes',
  risk: 'data',
  assumedSeconds: 10,
  run: alone(async (context, action) => {
    await deleteNode(context, action, providerOf(context, action));
    return { changed: true, output: null };
  }),
});

function providerOf({ recorded, desired }: ActionContext, { resource }: Action): ProviderName {
  const known = recorded.status.get(resource)?.provider;
  const clouds = [...desired.providers.values()].filter(({ machines }) => machines === 'acquired');
  const provider = known ?? (clouds.length === 1 ? clouds[0]?.name : undefined);
  if (provider === undefined) {
    throw new PressluftError(
      errors.settingInvalid,
      `${resource}: it is not recorded at which provider it was created`,
      {
        hint: 'Restore its manifest for one pass, so that it is recorded, then remove it again.',
      },
    );
  }
  return provider as ProviderName;
}

function recordedServerId({ recorded }: ActionContext, { resource }: Action): number | null {
  const server = recorded.status.get(resource)?.details.server as
    | { readonly id?: unknown }
    | null
    | undefined;
  const id = server?.id;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
}

/** Deletes the server of a node without a manifest. Its labels are checked again right before. */
async function deleteNode(context: ActionContext, action: Action, provider: ProviderName): Promise<void> {
  if (action.target.kind !== 'node') throw new PressluftError(errors.internal, `${action.id} names no node`);
  const manifest = context.desired.providers.get(provider);
  if (manifest?.machines !== 'acquired') {
    throw new PressluftError(
      errors.settingInvalid,
      `provider ${provider} of ${action.resource} has no manifest any more`,
      {
        hint: 'Restore the provider manifest until its nodes are deleted.',
      },
    );
  }
  const { fleet } = context.desired.config;
  const uid = uidOf(fleet, action.resource);
  const cloud = await context.deps.cloud(manifest);
  const name = serverName(fleet, action.target.node);
  await step(context, action.resource, 'delete-server', async () => {
    // By its id first: under another name it would count as deleted already.
    const ids = new Set([
      pinnedServerId(context.deps.store, uid, provider),
      recordedServerId(context, action),
    ]);
    const server =
      (await serverById(context, cloud, ids)) ?? (await cloud.findServer(name, context.waitSignal));
    if (server === null) return;
    if (server.labels[fleetLabel] !== fleet || server.labels[uidLabel] !== uid) {
      throw new PressluftError(
        errors.nameTaken,
        `server ${server.id} (${name}) does not carry the labels of this fleet`,
        {
          hint: `If it is the one of this node, put the labels ${fleetLabel}=${fleet} and ${uidLabel}=${uid} back on it at the provider. Otherwise rename it there: Pressluft deletes only servers that it created. Then run \`pressluft reconcile\`.`,
        },
      );
    }
    const started = await cloud.deleteServer(server.id, context.signal);
    await cloud.waitForActions(started, { timeoutMs: deleteTimeoutMs, signal: context.waitSignal });
  });
  forgetHostKey(context.deps.store, uid);
  forgetServer(context.deps.store, uid);
  await step(context, action.resource, 'clean-up', () => cleanUp(context, cloud, manifest, action));
}

async function serverById(
  { waitSignal }: ActionContext,
  cloud: Cloud,
  ids: ReadonlySet<number | null>,
): Promise<CloudServer | null> {
  for (const id of ids) {
    const server = id === null ? null : await cloud.getServer(id, waitSignal);
    if (server !== null) return server;
  }
  return null;
}

/**
 * After the last node of a provider its firewall and SSH keys are deleted as well. They cost nothing, so a failure is logged, and does not
 * count as a failure of the deletion.
 */
async function cleanUp(
  context: ActionContext,
  cloud: Cloud,
  provider: DesiredCloudProvider,
  { resource }: Action,
): Promise<void> {
  const { desired, deps, waitSignal } = context;
  const { config, nodes, quarantine } = desired;
  const isWanted = [...nodes.values()].some((node) => node.provider === provider.name);
  // A broken manifest may describe another node.
  if (isWanted || quarantine.files.size > 0 || quarantine.resources.size > 0) return;
  const uid = uidOf(config.fleet, resource);
  try {
    const listed = (await cloud.listServers(config.fleet, waitSignal)).filter((server) => server.uid !== uid);
    // Lists may still show deleted servers.
    const left = await Promise.all(listed.map(({ id }) => cloud.getServer(id, waitSignal)));
    if (left.some((server) => server !== null)) return;
    const labels = providerLabels(context, provider);
    await cloud.deleteFirewall(firewallName(config.fleet, provider), labels, waitSignal);
    for (const name of [controllerKeyName(config.fleet), ...Object.keys(provider.sshKeys)])
      await cloud.deleteKey(name, labels, waitSignal);
  } catch (error) {
    waitSignal.throwIfAborted();
    if (!isPressluftError(error)) throw error;
    deps.log.warn(
      { provider: provider.name, code: error.code, message: deps.secrets.redact(error.message) },
      'the firewall or the SSH keys of a provider without nodes could not be deleted',
    );
  }
}
