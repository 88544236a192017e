import { setTimeout as sleep } from 'node:timers/promises';
import { beginAction } from './action-runner.ts';
import { ApiError, notFound, notUnique } from './api-error.ts';
import { findByIdOrName } from './catalogue.ts';
import { soldOut } from './catalogue-routes.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { enforceFirewalls } from './effects.ts';
import { hostname, readFields } from './fields.ts';
import { filterNamed, filterValues, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredAction, StoredFirewall, StoredServer } from './model.ts';
import { readServerOrder, refuseUnavailable, type ServerOrder, unavailable } from './orders.ts';
import { refuseLocked, refuseProtected, requireImage } from './server-actions.ts';
import { renderAction, renderServer, serverStatus, serverStatuses } from './views.ts';

export function serverRoutes(cloud: Cloud): readonly Route[] {
  return [
    { method: 'GET', path: '/servers', handle: (request) => list(cloud, request) },
    { method: 'POST', path: '/servers', handle: (request) => create(cloud, request) },
    { method: 'GET', path: '/servers/{id}', handle: (request) => reply(cloud, idOf(request)) },
    { method: 'PUT', path: '/servers/{id}', handle: (request) => update(cloud, request) },
    { method: 'DELETE', path: '/servers/{id}', handle: (request) => remove(cloud, request) },
  ];
}

export function findServer(state: Readonly<CloudState>, id: number): StoredServer {
  const server = state.servers.find((candidate) => candidate.id === id);
  if (!server) throw notFound('server', id);
  return server;
}

function list(cloud: Cloud, { query }: ApiRequest): ApiReply {
  const state = cloud.store.read();
  const statuses = filterValues(query, 'status', serverStatuses);
  const hiddenMs = cloud.faults.peek('eventual-list')[0]?.ms ?? 0;
  const found = sortBy(filterNamed(state.servers, query), query, ['id', 'name', 'created'])
    .filter((server) => cloud.now() - Date.parse(server.created) >= hiddenMs)
    .filter((server) => statuses.length === 0 || statuses.includes(serverStatus(state, server)));
  const { items, meta } = paginate(found, query);
  return {
    status: 200,
    body: { servers: items.map((server) => renderServer(state, server, soldOut(cloud))), meta },
  };
}

/** Answers 201 once the server and its actions are on disk and the machine has an address; the boot continues in the background. */
async function create(cloud: Cloud, { body }: ApiRequest): Promise<ApiReply> {
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

function reply(cloud: Cloud, id: number): ApiReply {
  const state = cloud.store.read();
  return { status: 200, body: { server: renderServer(state, findServer(state, id), soldOut(cloud)) } };
}

async function update(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  const fields = readFields(request.body);
  const name = fields.string('name', { pattern: hostname, expected: 'must be a valid hostname' });
  const labels = fields.labels('labels');
  fields.done();
  const id = idOf(request);
  await cloud.store.update((draft) => {
    const server = findServer(draft, id);
    if (name !== undefined && draft.servers.some((other) => other !== server && other.name === name)) {
      throw notUnique('server name is already used', 'name');
    }
    Object.assign(server, { name: name ?? server.name, labels: labels ?? server.labels });
  });
  // A label selector of a firewall may start or stop matching.
  if (labels !== undefined) await enforceFirewalls(cloud, id);
  return reply(cloud, id);
}

async function remove(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  const action = await cloud.store.update((draft) => {
    const server = findServer(draft, idOf(request));
    refuseProtected(server);
    refuseLocked(draft, server);
    return beginAction(draft, cloud.now(), 'delete_server', [{ id: server.id, type: 'server' }]);
  });
  cloud.runner.launch([action]);
  return { status: 200, body: { action: renderAction(action, cloud.now()) } };
}
