import { setTimeout as sleep } from 'node:timers/promises';
import { beginAction } from './action-runner.ts';
import { ApiError, notFound, notUnique } from './api-error.ts';
import { findByIdOrName } from './catalogue.ts';
import { soldOut } from './catalogue-routes.ts';
import type { ApiReply, ApiRequest, Cloud } from './cloud.ts';
import type { CloudState, StoredAction, StoredFirewall, StoredServer } from './model.ts';
import { readServerOrder, refuseUnavailable, type ServerOrder, unavailable } from './orders.ts';
import { requireImage } from './server-actions.ts';
import { renderAction, renderServer } from './views.ts';

/** Answers 201 once the server and its actions are on disk and the machine has an address; the boot continues in the background. */
export async function createServer(cloud: Cloud, { body }: ApiRequest): Promise<ApiReply> {
  const order = readServerOrder(body);
  const { id, action, nextActions } = await cloud.store.update((draft) => place(cloud, draft, order));
  cloud.runner.launch([action, ...nextActions]);
  await addressKnown(cloud, id, action.id);
  const state = cloud.store.read();
  const server = state.servers.find((candidate) => candidate.id === id);
  return {
    status: 201,
    body: {
      server: server ? renderServer(state, server, soldOut(cloud)) : null,
      action: renderAction(action, cloud.now()),
      next_actions: nextActions.map((next) => renderAction(next, cloud.now())),
      root_password: null,
    },
  };
}

/** Checks the order, then adds the server with its actions. Throws before anything is changed. */
function place(
  cloud: Cloud,
  draft: CloudState,
  order: ServerOrder,
): { id: number; action: StoredAction; nextActions: readonly StoredAction[] } {
  if (draft.servers.some((server) => server.name === order.name)) {
    throw notUnique('server name is already used', 'name');
  }
  refuseUnavailable(order, cloud.now());
  const image = requireImage(order.image, order.type.name);
  const authorizedKeys = order.sshKeys.map((idOrName) => {
    const key = findByIdOrName(draft.sshKeys, idOrName);
    if (!key) throw notFound('ssh_key', idOrName);
    return key.publicKey;
  });
  const firewalls = order.firewalls.map((id) => {
    const firewall = draft.firewalls.find((candidate) => candidate.id === id);
    if (!firewall) throw notFound('firewall', id);
    return firewall;
  });
  const max = cloud.faults.strike('server-limit')?.max ?? cloud.maxServers;
  if (draft.servers.length >= max) {
    throw new ApiError('resource_limit_exceeded', 'server limit exceeded', {
      limits: [{ name: 'server_limit' }],
    });
  }
  if (cloud.faults.strike('sold-out', (fault) => concernsOrder(fault, order)))
    throw unavailable(order.type.name, order.location);

  const server: StoredServer = {
    id: draft.nextId.server++,
    name: order.name,
    created: new Date(cloud.now()).toISOString(),
    serverType: order.type.name,
    location: order.location,
    image,
    labels: order.labels,
    userData: order.userData,
    authorizedKeys,
    power: 'unknown',
    ipv4: null,
    protected: false,
  };
  draft.servers.push(server);
  for (const firewall of firewalls) firewall.appliedTo.push({ type: 'server', server: { id: server.id } });
  return { id: server.id, ...beginActions(cloud, draft, server, firewalls, order.start) };
}

function beginActions(
  cloud: Cloud,
  draft: CloudState,
  server: StoredServer,
  firewalls: readonly StoredFirewall[],
  start: boolean,
): { action: StoredAction; nextActions: readonly StoredAction[] } {
  const resource = { id: server.id, type: 'server' } as const;
  const rest = start ? {} : ({ leaveOff: true } as const);
  const action = beginAction(draft, cloud.now(), 'create_server', [resource], rest);
  const applied = firewalls.map((firewall) =>
    beginAction(draft, cloud.now(), 'apply_firewall', [{ id: firewall.id, type: 'firewall' }, resource]),
  );
  const started = start ? [beginAction(draft, cloud.now(), 'start_server', [resource])] : [];
  return { action, nextActions: [...applied, ...started] };
}

function concernsOrder(fault: { serverType: string; location?: string }, order: ServerOrder): boolean {
  return fault.serverType === order.type.name && (fault.location ?? order.location) === order.location;
}

/** Waits until the backend knows the machine's address, so that the reply contains it as Hetzner's does. */
async function addressKnown(cloud: Cloud, id: number, actionId: number): Promise<void> {
  const deadline = performance.now() + cloud.addressWaitMs;
  for (;;) {
    const state = cloud.store.read();
    const running = state.actions.some((action) => action.id === actionId && action.status === 'running');
    if (!running || state.servers.find((server) => server.id === id)?.ipv4) return;
    const machine = (await cloud.backend.list()).find((candidate) => candidate.id === id);
    if (machine) {
      await cloud.store.update((draft) => {
        const server = draft.servers.find((candidate) => candidate.id === id);
        if (server) server.ipv4 = machine.ipv4;
      });
      return;
    }
    if (performance.now() >= deadline) return;
    await sleep(25);
  }
}
