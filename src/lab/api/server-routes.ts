import { beginAction } from './action-runner.ts';
import { notFound, notUnique } from './api-error.ts';
import { soldOut } from './catalogue-routes.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { enforceFirewalls } from './effects.ts';
import { hostname, readFields } from './fields.ts';
import { filterNamed, filterValues, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredServer } from './model.ts';
import { refuseLocked, refuseProtected } from './server-actions.ts';
import { createServer } from './server-create.ts';
import { renderAction, renderServer, serverStatus, serverStatuses } from './views.ts';

export function serverRoutes(cloud: Cloud): readonly Route[] {
  return [
    { method: 'GET', path: '/servers', handle: (request) => list(cloud, request) },
    { method: 'POST', path: '/servers', handle: (request) => createServer(cloud, request) },
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
