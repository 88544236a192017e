import { ApiError, invalidInput, notFound, notUnique } from '../../../src/lab/api/api-error.ts';
import { images, type ServerType } from '../../../src/lab/api/catalogue.ts';
import { filterNamed } from '../../../src/lab/api/listing.ts';
import { readServerOrder, refuseUnavailable, unavailable } from '../../../src/lab/api/orders.ts';
import { actionFate } from './exchange-faults.ts';
import type { SimServer } from './model.ts';
import { page, type Route, type RouteRequest } from './route.ts';
import { lagBehind, layServer, removeServer, type ServerOrder, startServer } from './server-life.ts';
import type { SimHetzner } from './sim-hetzner.ts';
import { actionView, serverView } from './views.ts';

export const serverRoutes: Readonly<Record<string, Route>> = {
  'GET /servers': (request) =>
    page(request, 'servers', filterNamed(listed(request), request.query), serverView),
  'GET /servers/{id}': (request) => ({
    status: 200,
    body: { server: serverView(request.account, found(request)) },
  }),
  'POST /servers': create,
  'DELETE /servers/{id}': (request) => {
    const server = unlocked(found(request));
    note(request, '/servers/{id}', server);
    const action = removeServer(
      request.account,
      server,
      actionFate(request.fault),
      request.fault === 'still-listed',
    );
    return { status: 200, body: { action: actionView(request.account, action) } };
  },
  'POST /servers/{id}/actions/poweron': (request) => {
    const server = unlocked(found(request));
    note(request, '/servers/{id}/actions/poweron', server);
    const action = startServer(request.account, server, actionFate(request.fault));
    return { status: 201, body: { action: actionView(request.account, action) } };
  },
  'GET /servers/{id}/actions': (request) => {
    const statuses = request.query.getAll('status');
    const actions = request.account.actions
      .ofServer(found(request).id)
      .filter(({ status }) => statuses.length === 0 || statuses.includes(status));
    return page(request, 'actions', actions, actionView);
  },
};

/** An outdated replica may omit any of them. */
function listed({ account, fault }: RouteRequest): readonly SimServer[] {
  const servers = account.listedServers();
  if (fault !== 'list-omits' || servers.length === 0) return servers;
  const omitted = account.random.pick(servers);
  return servers.filter((server) => server !== omitted);
}

function create(request: RouteRequest) {
  const { account, fault } = request;
  const order = readOrder(account, request.body);
  if (account.serverNamed(order.name) !== undefined) throw notUnique('server name is already used', 'name');
  if (fault === 'limit' || account.servers.size >= account.maxServers) {
    throw new ApiError('resource_limit_exceeded', 'server limit exceeded', {
      limits: [{ name: 'server_limit' }],
    });
  }
  if (fault === 'sold-out') {
    account.sellOut(order.serverType, order.location, account.random.between(60_000, 20 * 60_000));
  }
  const ipv4 = account.isSoldOut(order.serverType, order.location) ? null : account.addresses.take();
  if (ipv4 === null) throw unavailable(order.serverType, order.location);
  const { server, create, start } = layServer(account, order, ipv4, actionFate(fault));
  if (fault === 'list-lags') lagBehind(account, server);
  note(request, '/servers', server);
  return {
    status: 201,
    body: {
      server: serverView(account, server),
      action: actionView(account, create),
      next_actions: [actionView(account, start)],
      root_password: null,
    },
  };
}

function readOrder(account: SimHetzner, body: unknown): ServerOrder {
  const order = readServerOrder(body);
  if (!hasImage(order.image, order.type)) {
    throw invalidInput([{ name: 'image', messages: ['image not found'] }]);
  }
  refuseUnavailable(order, account.wallMs(account.nowMs));
  return {
    name: order.name,
    serverType: order.type.name,
    location: order.location,
    image: order.image,
    userData: order.userData ?? '',
    labels: order.labels,
    authorizedKeys: order.sshKeys.map((key) => publicKey(account, key)),
    firewallIds: order.firewalls.map((id) => firewallId(account, id)),
  };
}

function hasImage(name: string, type: ServerType): boolean {
  return images.some((image) => image.name === name && image.architecture === type.architecture);
}

function publicKey(account: SimHetzner, id: string): string {
  const key = account.keys.get(Number(id));
  if (key === undefined) throw notFound('ssh_key', id);
  return key.publicKey;
}

function firewallId(account: SimHetzner, id: number): number {
  if (account.firewalls.has(id)) return id;
  throw notFound('firewall', String(id));
}

function found({ account, id }: RouteRequest): SimServer {
  const server = account.servers.get(id);
  if (server === undefined) throw notFound('server', id);
  return server;
}

function unlocked(server: SimServer): SimServer {
  if (server.lockedBy === null) return server;
  throw new ApiError('locked', `server is locked: action ${server.lockedBy} is running`);
}

function note({ account, by }: RouteRequest, path: string, server: SimServer): void {
  const method = path === '/servers/{id}' ? 'DELETE' : 'POST';
  account.note(by, method, path, server);
}
