import type { NodeName } from '../fleet/brand.ts';
import type { DesiredAcquiredNode, DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError, PressluftError } from '../fleet/errors.ts';
import { hostKeyId, hostKeyLabel, ownerLabels, serverName } from '../fleet/naming.ts';
import type { Action } from '../fleet/plan.ts';
import type { Cloud, CloudServer } from '../ports/cloud.ts';
import { type ActionContext, step } from './context.ts';
import { alone, defineAction } from './define-action.ts';
import { desiredNode } from './desired-of.ts';
import { machineAddress, pinHostKey, pinnedHostKey } from './host-keys.ts';
import { controllerKeyName, providerFirewall, providerLabels } from './node-firewall.ts';
import { forgetServer, pinServer } from './server-pins.ts';
import { userData } from './user-data.ts';

/** Creating a server takes seconds to a few minutes; after this long a later pass checks again. */
const createTimeoutMs = 10 * 60_000;
const firstSshTimeoutMs = 5 * 60_000;
const addressTimeoutMs = 60_000;
const addressPollMs = 1000;

/** The server of the node, created or adopted. */
export interface AcquiredServer {
  /** Its id at the provider. */
  readonly server: number;
  readonly ipv4: string;
}

declare module '../fleet/plan.ts' {
  interface ActionOutputs {
    'node.create': AcquiredServer;
  }
}

export const nodeCreate = defineAction({
  kind: 'node.create',
  rank: 0,
  batchKey: null,
  effect: 'acquires',
  risk: 'none',
  assumedSeconds: 60,
  run: alone(async (context, action) => {
    const node = desiredNode(context, action);
    if (node.kind !== 'acquired')
      throw new PressluftError(errors.internal, `${action.id}: an existing host cannot be created`);
    return { changed: true, output: await createNode(context, action, node) };
  }),
});

/**
 * Creates the server of a node: key, firewall, server, first SSH with the pinned host key. Every step finds the result of an
 * interrupted attempt, so that a kill or a lost reply at any point never creates a second server.
 */
async function createNode(
  context: ActionContext,
  action: Action,
  node: DesiredAcquiredNode,
): Promise<AcquiredServer> {
  const provider = context.desired.providers.get(node.provider);
  if (provider?.machines !== 'acquired') {
    throw new PressluftError(
      errors.settingInvalid,
      `node ${node.name}: provider ${node.provider} cannot create servers`,
    );
  }
  const cloud = await context.deps.cloud(provider);
  const hostKey = await rememberIntent(context, action, node.name);
  const keys = await step(context, node.ref, 'ssh-key', () =>
    context.once(`keys/${provider.name}`, () => ensureKeys(context, cloud, provider)),
  );
  const firewall = await step(context, node.ref, 'firewall', () =>
    providerFirewall(context, cloud, provider),
  );
  const { server, actions } = await step(context, node.ref, 'server', () =>
    cloud.createServer(
      {
        name: serverName(context.desired.config.fleet, node.name),
        serverType: node.serverType,
        location: node.location,
        image: node.image,
        sshKeyIds: keys.map((key) => key.id),
        firewallIds: [firewall.id],
        userData: userData({
          hostname: node.name,
          hostKey,
          authorizedKeys: keys.map((key) => key.publicKey),
        }),
        labels: {
          ...node.labels,
          ...ownerLabels(context.desired.config.fleet, node.ref, node.uid),
          [hostKeyLabel]: hostKeyId(hostKey.publicKey),
        },
      },
      context.signal,
    ),
  );
  const trusted = trustedKey(context, node, server, hostKey.publicKey);
  const discard = trusted === hostKey.publicKey;
  pinHostKey(context.deps.store, node.uid, trusted);
  pinServer(context.deps.store, node.uid, { provider: provider.name, id: server.id });
  const ipv4 = await orDiscard(context, cloud, node, server, discard, async () => {
    await step(context, node.ref, 'boot', () => boot(context, cloud, server, actions));
    return step(context, node.ref, 'fetch', () => fetchAddress(context, cloud, server.id));
  });
  context.learnAddress(node.name, ipv4);
  await step(context, node.ref, 'first-ssh', () => firstSsh(context, node.name, ipv4));
  context.deps.store.deleteIntent(action.id);
  return { server: server.id, ipv4 };
}

/**
 * The host key to trust for a created or adopted server. A server that a list had omitted temporarily was created with the key that
 * is already pinned, and keeps it; a server that was created with neither key is not trusted.
 */
function trustedKey(
  context: ActionContext,
  node: DesiredAcquiredNode,
  server: CloudServer,
  own: string,
): string {
  const madeWith = server.labels[hostKeyLabel];
  if (madeWith === hostKeyId(own)) return own;
  const pinned = pinnedHostKey(context.deps.store, context.recorded, context.desired.config.fleet, node.name);
  if (pinned !== null && (madeWith === undefined || madeWith === hostKeyId(pinned))) return pinned;
  throw new PressluftError(
    errors.nodeHostKeyMismatch,
    `server ${server.name} exists and was created with an unknown host key`,
    {
      hint: 'Restore the state directory of its controller or the status branch: both hold the host key. Delete the server to create it again only if nothing on it is needed.',
    },
  );
}

/** The host key is stored before the server is created: after a kill, the server with this key can still be trusted. */
async function rememberIntent(context: ActionContext, action: Action, node: NodeName) {
  const { store, machines, clock } = context.deps;
  const known = store.intents().find((intent) => intent.id === action.id);
  const { publicKey, privateKey } = known?.data ?? {};
  if (typeof publicKey === 'string' && typeof privateKey === 'string') return { publicKey, privateKey };
  const hostKey = await machines.generateHostKey();
  store.putIntent({
    id: action.id,
    resource: action.resource,
    kind: action.kind,
    data: { ...hostKey, server: serverName(context.desired.config.fleet, node) },
    createdAt: clock.now(),
  });
  return hostKey;
}

async function ensureKeys(context: ActionContext, cloud: Cloud, provider: DesiredCloudProvider) {
  const { fleet } = context.desired.config;
  const labels = providerLabels(context, provider);
  const { publicKey } = await context.deps.machines.identity();
  const wanted = [[controllerKeyName(fleet), publicKey], ...Object.entries(provider.sshKeys)] as const;
  return Promise.all(wanted.map(([name, key]) => cloud.ensureKey(name, key, labels, context.waitSignal)));
}

async function boot(context: ActionContext, cloud: Cloud, server: CloudServer, actions: readonly number[]) {
  await cloud.waitForActions(actions, { timeoutMs: createTimeoutMs, signal: context.waitSignal });
  const seen = await cloud.getServer(server.id, context.waitSignal);
  // The attempt that created an adopted server may have left it switched off.
  if (seen?.status === 'off') {
    const started = await cloud.powerOn(server.id, context.signal);
    await cloud.waitForActions(started, { timeoutMs: createTimeoutMs, signal: context.waitSignal });
  }
}

/**
 * A server whose creation failed is unusable and empty: it is deleted, so that the next attempt starts
 * over. Only if it was created with the key of an open intent: such a server never became a node.
 */
async function orDiscard<T>(
  context: ActionContext,
  cloud: Cloud,
  node: DesiredAcquiredNode,
  server: CloudServer,
  discard: boolean,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!discard || !isPressluftError(error, errors.providerActionFailed)) throw error;
    await step(context, node.ref, 'discard', async () => {
      const started = await cloud.deleteServer(server.id, context.signal);
      await cloud.waitForActions(started, { timeoutMs: createTimeoutMs, signal: context.waitSignal });
      forgetServer(context.deps.store, node.uid);
    });
    throw error;
  }
}

/** An adopted server may still be starting; one without an address after a minute never gets one. */
async function fetchAddress(context: ActionContext, cloud: Cloud, id: number): Promise<string> {
  const deadline = context.deps.clock.monotonic() + addressTimeoutMs;
  for (;;) {
    const server = await cloud.getServer(id, context.waitSignal);
    if (server?.ipv4 != null) return server.ipv4;
    if (context.deps.clock.monotonic() > deadline || server === null) {
      throw new PressluftError(
        errors.providerActionFailed,
        `server ${id} was created without a public IPv4 address`,
        {
          hint: 'It is deleted and created again; if that repeats, check the server in the provider console.',
        },
      );
    }
    await context.deps.clock.sleep(addressPollMs, context.waitSignal);
  }
}

async function firstSsh(context: ActionContext, node: NodeName, ipv4: string): Promise<void> {
  const { store, machines } = context.deps;
  const address = machineAddress(store, context.recorded, context.desired, node, ipv4);
  if (address === null)
    throw new PressluftError(errors.nodeHostKeyMismatch, `no host key is pinned for node ${node}`);
  await machines.waitUntilReachable(address, { timeoutMs: firstSshTimeoutMs, signal: context.waitSignal });
  const waited = await machines.run(address, ['cloud-init', 'status', '--wait'], {
    timeoutMs: firstSshTimeoutMs,
    signal: context.waitSignal,
  });
  // 2 is "done, with recoverable errors"; 127: the image has no cloud-init, so there is nothing to wait for.
  if (![0, 2, 127].includes(waited.exitCode)) {
    throw new PressluftError(
      errors.nodeNotReady,
      `cloud-init ended with ${waited.exitCode} on node ${node}: ${waited.stdout.trim()}`,
      {
        hint: 'Log in and read /var/log/cloud-init-output.log; delete the server to start over.',
      },
    );
  }
}
