import { beginAction } from './actions.ts';
import { ApiError, notFound, notUnique } from './api-error.ts';
import { findByIdOrName } from './catalogue.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { hostname, readFields } from './fields.ts';
import { filterNamed, filterValues, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredAction, StoredFirewall, StoredServer } from './model.ts';
import { readServerOrder, refuseUnavailable, type ServerOrder } from './orders.ts';
import { findServer, refuseLocked, refuseProtected, requireImage } from './server-actions.ts';
import { renderAction, renderServer, serverStatus, serverStatuses } from './views.ts';

export const serverRoutes: readonly Route[] = [
  { method: 'GET', path: '/servers', handle: list },
  { method: 'POST', path: '/servers', handle: create },
  { method: 'GET', path: '/servers/{id}', handle: (cloud, request) => reply(cloud, idOf(request)) },
  { method: 'PUT', path: '/servers/{id}', handle: update },
  { method: 'DELETE', path: '/servers/{id}', handle: remove },
];

function list({ state, datacenter }: Cloud, { query }: ApiRequest): ApiReply {
  const statuses = filterValues(query, 'status', serverStatuses);
  const named = filterNamed(datacenter.listed('servers', state.servers), query);
  const found = sortBy(named, query, ['id', 'name', 'created']).filter(
    (server) => statuses.length === 0 || statuses.includes(serverStatus(state, server)),
  );
  const { items, meta } = paginate(found, query);
  const servers = items.map((server) => renderServer(state, server, datacenter.isSoldOut));
  return { status: 200, body: { servers, meta } };
}

function create(cloud: Cloud, { body }: ApiRequest): ApiReply {
  const { state, nowMs, datacenter } = cloud;
  const order = readServerOrder(body);
  const { server, firewalls } = place(cloud, order);
  const [action, ...nextActions] = beginActions(cloud, server, firewalls, order.start);
  return {
    status: 201,
    body: {
      server: renderServer(state, server, datacenter.isSoldOut),
      action: renderAction(action, nowMs),
      next_actions: nextActions.map((next) => renderAction(next, nowMs)),
      root_password: null,
    },
    started: [action, ...nextActions],
  };
}

/** Checks the order, then adds the server. Throws before anything is changed. */
function place(
  { state, nowMs, datacenter }: Cloud,
  order: ServerOrder,
): { readonly server: StoredServer; readonly firewalls: readonly StoredFirewall[] } {
  if (state.servers.some((server) => server.name === order.name)) {
    throw notUnique('server name is already used', 'name');
  }
  refuseUnavailable(order, nowMs);
  const image = requireImage(datacenter, order.image, order.type.name);
  const authorizedKeys = order.sshKeys.map((idOrName) => {
    const key = findByIdOrName(state.sshKeys, idOrName);
    if (!key) throw notFound('ssh_key', idOrName);
    return key.publicKey;
  });
  const firewalls = order.firewalls.map((id) => findFirewall(state, id));
  if (state.servers.length >= datacenter.serverLimit()) {
    throw new ApiError('resource_limit_exceeded', 'server limit exceeded', {
      limits: [{ name: 'server_limit' }],
    });
  }
  const server: StoredServer = {
    id: state.nextId.server,
    name: order.name,
    created: new Date(nowMs).toISOString(),
    serverType: order.type.name,
    location: order.location,
    image,
    labels: order.labels,
    userData: order.userData,
    authorizedKeys,
    power: 'off',
    ipv4: datacenter.place(order.type.name, order.location),
    protected: false,
  };
  state.nextId.server += 1;
  state.servers.push(server);
  for (const firewall of firewalls) firewall.appliedTo.push({ type: 'server', server: { id: server.id } });
  return { server, firewalls };
}

function beginActions(
  cloud: Cloud,
  { id }: StoredServer,
  firewalls: readonly StoredFirewall[],
  isStarted: boolean,
): readonly [StoredAction, ...StoredAction[]] {
  const resource = { id, type: 'server' } as const;
  const created = beginAction(cloud, 'create_server', [resource], isStarted ? {} : { leaveOff: true });
  const applied = firewalls.map((firewall) =>
    beginAction(cloud, 'apply_firewall', [{ id: firewall.id, type: 'firewall' }, resource]),
  );
  return [created, ...applied, ...(isStarted ? [beginAction(cloud, 'start_server', [resource])] : [])];
}

function findFirewall(state: Readonly<CloudState>, id: number): StoredFirewall {
  const firewall = state.firewalls.find((candidate) => candidate.id === id);
  if (!firewall) throw notFound('firewall', id);
  return firewall;
}

function reply({ state, datacenter }: Cloud, id: number): ApiReply {
  const server = renderServer(state, findServer(state, id), datacenter.isSoldOut);
  return { status: 200, body: { server } };
}

function update(cloud: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const name = fields.string('name', { pattern: hostname, expected: 'must be a valid hostname' });
  const labels = fields.labels('labels');
  fields.done();
  const server = findServer(cloud.state, idOf(request));
  if (cloud.state.servers.some((other) => other !== server && other.name === name)) {
    throw notUnique('server name is already used', 'name');
  }
  Object.assign(server, { name: name ?? server.name, labels: labels ?? server.labels });
  return { ...reply(cloud, server.id), ...(labels === undefined ? {} : { relabelled: server.id }) };
}

function remove(cloud: Cloud, request: ApiRequest): ApiReply {
  const server = findServer(cloud.state, idOf(request));
  refuseProtected(server);
  refuseLocked(cloud.state, server);
  const action = beginAction(cloud, 'delete_server', [{ id: server.id, type: 'server' }]);
  return { status: 200, body: { action: renderAction(action, cloud.nowMs) }, started: [action] };
}
