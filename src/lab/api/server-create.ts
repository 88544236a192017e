import { setTimeout as sleep } from 'node:timers/promises';
import { beginAction } from './action-runner.ts';
import { ApiError, invalidInput, notFound, notUnique } from './api-error.ts';
import { findByIdOrName, locations, type ServerType, serverTypes } from './catalogue.ts';
import { soldOut } from './catalogue-routes.ts';
import type { ApiReply, ApiRequest, Cloud } from './cloud.ts';
import { hostname, isRecord, readFields } from './fields.ts';
import type { CloudState, Labels, StoredAction, StoredFirewall, StoredServer } from './model.ts';
import { requireImage } from './server-actions.ts';
import { renderAction, renderServer } from './views.ts';

/** Hetzner's limit on `user_data` (docs.hetzner.cloud, "Create a Server"). */
const maxUserDataBytes = 32 * 1024;

interface Order {
  readonly name: string;
  readonly type: ServerType;
  readonly location: string;
  readonly image: string;
  readonly labels: Labels;
  readonly userData: string | null;
  readonly sshKeys: readonly string[];
  readonly firewalls: readonly number[];
  readonly start: boolean;
}

/** Answers 201 once the server and its actions are on disk and the machine has an address; the boot goes on in the background. */
export async function createServer(cloud: Cloud, { body }: ApiRequest): Promise<ApiReply> {
  const order = readOrder(body);
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

function readOrder(body: unknown): Order {
  const fields = readFields(body);
  const name = fields.string('name', {
    required: true,
    pattern: hostname,
    expected: 'must be a valid hostname',
  });
  const typeName = fields.string('server_type', { required: true }) ?? '';
  const imageName = fields.string('image', { required: true }) ?? '';
  const locationName = fields.string('location') ?? locations[0]?.name ?? '';
  const userData = fields.string('user_data', { maxBytes: maxUserDataBytes });
  const labels = fields.labels('labels');
  const sshKeys = fields.strings('ssh_keys');
  const firewalls = readFirewallIds(fields.array('firewalls'), (message) =>
    fields.problem('firewalls', message),
  );
  const start = fields.boolean('start_after_create');
  const publicNet = fields.object('public_net');
  const type = findByIdOrName(serverTypes, typeName);
  const location = findByIdOrName(locations, locationName);
  if (typeName !== '' && !type)
    fields.problem('server_type', `server type '${typeName.slice(0, 80)}' not found`);
  if (!location) fields.problem('location', `location '${locationName.slice(0, 80)}' not found`);
  for (const foreign of ['networks', 'volumes', 'placement_group'] as const) refuseForeign(body, foreign);
  fields.done();
  if (!type || !location) throw invalidInput([]);
  if (publicNet?.enable_ipv4 === false) {
    throw new ApiError('unsupported_error', 'a machine of the lab is reached over IPv4 only');
  }
  return {
    name: name ?? '',
    type,
    location: location.name,
    image: imageName,
    labels: labels ?? {},
    userData: userData ?? null,
    sshKeys,
    firewalls,
    start: start ?? true,
  };
}

/** All that can refuse an order, then the server with its actions. Throws before anything is changed. */
function place(
  cloud: Cloud,
  draft: CloudState,
  order: Order,
): { id: number; action: StoredAction; nextActions: readonly StoredAction[] } {
  if (draft.servers.some((server) => server.name === order.name)) {
    throw notUnique('server name is already used', 'name');
  }
  refuseUnavailable(cloud, order);
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
  if (cloud.faults.strike('sold-out', (fault) => concernsOrder(fault, order))) throw unavailable(order);

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

function refuseUnavailable(cloud: Cloud, order: Order): void {
  const { type, location } = order;
  const retired = type.unavailableAfter !== undefined && cloud.now() > Date.parse(type.unavailableAfter);
  if (retired || !type.availableIn.includes(location)) throw unavailable(order);
}

function concernsOrder(fault: { serverType: string; location?: string }, order: Order): boolean {
  return fault.serverType === order.type.name && (fault.location ?? order.location) === order.location;
}

function unavailable(order: Order): ApiError {
  return new ApiError(
    'resource_unavailable',
    `server type ${order.type.name} is currently unavailable in ${order.location}`,
  );
}

/** Waits until the backend shows the machine's address, so that the reply can name it as Hetzner's does. */
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

function readFirewallIds(
  items: readonly unknown[] | undefined,
  problem: (message: string) => void,
): readonly number[] {
  return (items ?? []).flatMap((item) => {
    if (isRecord(item) && typeof item.firewall === 'number') return [item.firewall];
    problem('must be a list of {"firewall": id}');
    return [];
  });
}

function refuseForeign(body: unknown, field: string): void {
  const value = isRecord(body) ? body[field] : undefined;
  const isAbsent = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (!isAbsent) throw new ApiError('unsupported_error', `the lab does not offer ${field}`);
}
