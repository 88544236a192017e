import { beginAction } from './actions.ts';
import { ApiError, notFound, notUnique } from './api-error.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import { isTarget, readRules, readTargets, sameTarget } from './firewall-rules.ts';
import { filterNamed, paginate, sortBy } from './listing.ts';
import type { CloudState, FirewallTarget, StoredAction, StoredFirewall } from './model.ts';
import { readFirewallOrder } from './orders.ts';
import { renderAction, renderFirewall } from './views.ts';

export const firewallRoutes: readonly Route[] = [
  { method: 'GET', path: '/firewalls', handle: list },
  { method: 'POST', path: '/firewalls', handle: create },
  {
    method: 'GET',
    path: '/firewalls/{id}',
    handle: ({ state }, request) => ({
      status: 200,
      body: { firewall: renderFirewall(state, find(state, idOf(request))) },
    }),
  },
  { method: 'PUT', path: '/firewalls/{id}', handle: update },
  { method: 'DELETE', path: '/firewalls/{id}', handle: remove },
  { method: 'POST', path: '/firewalls/{id}/actions/set_rules', handle: setRules },
  { method: 'POST', path: '/firewalls/{id}/actions/apply_to_resources', handle: applyToResources },
  { method: 'POST', path: '/firewalls/{id}/actions/remove_from_resources', handle: removeFromResources },
];

function list({ state, datacenter }: Cloud, { query }: ApiRequest): ApiReply {
  const named = filterNamed(datacenter.listed('firewalls', state.firewalls), query);
  const { items, meta } = paginate(sortBy(named, query, ['id', 'name', 'created']), query);
  return { status: 200, body: { firewalls: items.map((item) => renderFirewall(state, item)), meta } };
}

function create(cloud: Cloud, { body }: ApiRequest): ApiReply {
  const { state, nowMs } = cloud;
  const order = readFirewallOrder(body);
  const targets = readTargets(body, 'apply_to', false);
  refuseName(state, order.name);
  const created = new Date(nowMs).toISOString();
  const firewall: StoredFirewall = { ...order, id: state.nextId.firewall++, created, appliedTo: [] };
  state.firewalls.push(firewall);
  apply(state, firewall, targets);
  const started = beginOnServers(cloud, firewall, 'apply_firewall', targetIds(state, firewall));
  const actions = started.map((action) => renderAction(action, nowMs));
  return { status: 201, body: { firewall: renderFirewall(state, firewall), actions }, started };
}

function update({ state }: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const name = fields.string('name', { maxBytes: 128 });
  const labels = fields.labels('labels');
  fields.done();
  const firewall = find(state, idOf(request));
  if (name !== undefined && name !== firewall.name) refuseName(state, name);
  Object.assign(firewall, { name: name ?? firewall.name, labels: labels ?? firewall.labels });
  return { status: 200, body: { firewall: renderFirewall(state, firewall) } };
}

function remove({ state }: Cloud, request: ApiRequest): ApiReply {
  const removed = find(state, idOf(request));
  if (removed.appliedTo.length > 0) {
    throw new ApiError('resource_in_use', `Firewall with ID '${removed.id}' is still in use`);
  }
  state.firewalls = state.firewalls.filter((firewall) => firewall !== removed);
  return { status: 204 };
}

/** Replies show the new rules at once; the hosts apply them later, or fail. */
function setRules(cloud: Cloud, request: ApiRequest): ApiReply {
  const rules = readRules(request.body, true);
  const firewall = find(cloud.state, idOf(request));
  firewall.rules = rules;
  const changed = beginAction(cloud, 'set_firewall_rules', [{ id: firewall.id, type: 'firewall' }]);
  const ids = targetIds(cloud.state, firewall);
  return started(cloud, [changed, ...beginOnServers(cloud, firewall, 'apply_firewall', ids)]);
}

function applyToResources(cloud: Cloud, request: ApiRequest): ApiReply {
  const targets = readTargets(request.body, 'apply_to', true);
  const firewall = find(cloud.state, idOf(request));
  const before = targetIds(cloud.state, firewall);
  apply(cloud.state, firewall, targets);
  const added = targetIds(cloud.state, firewall).filter((id) => !before.includes(id));
  return started(cloud, beginOnServers(cloud, firewall, 'apply_firewall', added));
}

function removeFromResources(cloud: Cloud, request: ApiRequest): ApiReply {
  const targets = readTargets(request.body, 'remove_from', true);
  const firewall = find(cloud.state, idOf(request));
  const before = targetIds(cloud.state, firewall);
  detach(cloud.state, firewall, targets);
  const after = targetIds(cloud.state, firewall);
  const removed = before.filter((id) => !after.includes(id));
  return started(cloud, beginOnServers(cloud, firewall, 'remove_firewall', removed));
}

function apply(state: CloudState, firewall: StoredFirewall, targets: readonly FirewallTarget[]): void {
  for (const target of targets) {
    if (target.type === 'server' && !state.servers.some(({ id }) => id === target.server.id)) {
      throw new ApiError('firewall_resource_not_found', `Server with ID '${target.server.id}' not found`);
    }
    if (firewall.appliedTo.some((other) => sameTarget(other, target))) {
      throw new ApiError('firewall_already_applied', 'Firewall is already applied to the resource');
    }
    firewall.appliedTo.push(target);
  }
}

function detach(state: CloudState, firewall: StoredFirewall, targets: readonly FirewallTarget[]): void {
  for (const target of targets) {
    const applied = firewall.appliedTo.some((other) => sameTarget(other, target));
    if (!applied && target.type === 'server' && targetIds(state, firewall).includes(target.server.id)) {
      throw new ApiError('firewall_managed_by_label_selector', 'Firewall was applied by a label selector');
    }
    if (!applied) {
      throw new ApiError('firewall_resource_not_found', 'Firewall is not applied to the resource');
    }
    firewall.appliedTo = firewall.appliedTo.filter((other) => !sameTarget(other, target));
  }
}

function beginOnServers(
  cloud: Cloud,
  firewall: StoredFirewall,
  command: 'apply_firewall' | 'remove_firewall',
  serverIds: readonly number[],
): readonly StoredAction[] {
  return serverIds.map((id) =>
    beginAction(cloud, command, [
      { id: firewall.id, type: 'firewall' },
      { id, type: 'server' },
    ]),
  );
}

function started({ nowMs }: Cloud, actions: readonly StoredAction[]): ApiReply {
  return {
    status: 201,
    body: { actions: actions.map((action) => renderAction(action, nowMs)) },
    started: actions,
  };
}

function targetIds(state: Readonly<CloudState>, firewall: StoredFirewall): readonly number[] {
  return state.servers.filter((server) => isTarget(firewall, server)).map((server) => server.id);
}

function find(state: Readonly<CloudState>, id: number): StoredFirewall {
  const firewall = state.firewalls.find((candidate) => candidate.id === id);
  if (!firewall) throw notFound('firewall', id);
  return firewall;
}

function refuseName(state: Readonly<CloudState>, name: string): void {
  if (state.firewalls.some((firewall) => firewall.name === name)) {
    throw notUnique('Firewall name is already used', 'name');
  }
}
