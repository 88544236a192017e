import { beginAction } from './action-runner.ts';
import { ApiError, notFound, notUnique } from './api-error.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import { isTarget, readRules, readTargets, sameTarget } from './firewall-rules.ts';
import { filterNamed, paginate, sortBy } from './listing.ts';
import type { CloudState, FirewallTarget, StoredAction, StoredFirewall } from './model.ts';
import { readFirewallOrder } from './orders.ts';
import { renderAction, renderFirewall } from './views.ts';

export function firewallRoutes(cloud: Cloud): readonly Route[] {
  const { store } = cloud;
  return [
    { method: 'GET', path: '/firewalls', handle: (request) => list(cloud, request) },
    { method: 'POST', path: '/firewalls', handle: (request) => create(cloud, request) },
    {
      method: 'GET',
      path: '/firewalls/{id}',
      handle: (request) => {
        const state = store.read();
        return { status: 200, body: { firewall: renderFirewall(state, find(state, idOf(request))) } };
      },
    },
    { method: 'PUT', path: '/firewalls/{id}', handle: (request) => update(cloud, request) },
    { method: 'DELETE', path: '/firewalls/{id}', handle: (request) => remove(cloud, request) },
    {
      method: 'POST',
      path: '/firewalls/{id}/actions/set_rules',
      handle: (request) => {
        const rules = readRules(request.body, true);
        return change(cloud, request, (draft, firewall) => {
          firewall.rules = rules;
          const changed = beginAction(draft, cloud.now(), 'set_firewall_rules', [
            { id: firewall.id, type: 'firewall' },
          ]);
          return [
            changed,
            ...beginOnServers(draft, cloud.now(), firewall, 'apply_firewall', targetIds(draft, firewall)),
          ];
        });
      },
    },
    {
      method: 'POST',
      path: '/firewalls/{id}/actions/apply_to_resources',
      handle: (request) => {
        const targets = readTargets(request.body, 'apply_to', true);
        return change(cloud, request, (draft, firewall) => {
          const before = targetIds(draft, firewall);
          apply(draft, firewall, targets);
          const added = targetIds(draft, firewall).filter((id) => !before.includes(id));
          return beginOnServers(draft, cloud.now(), firewall, 'apply_firewall', added);
        });
      },
    },
    {
      method: 'POST',
      path: '/firewalls/{id}/actions/remove_from_resources',
      handle: (request) => {
        const targets = readTargets(request.body, 'remove_from', true);
        return change(cloud, request, (draft, firewall) => {
          const before = targetIds(draft, firewall);
          detach(draft, firewall, targets);
          const after = targetIds(draft, firewall);
          const removed = before.filter((id) => !after.includes(id));
          return beginOnServers(draft, cloud.now(), firewall, 'remove_firewall', removed);
        });
      },
    },
  ];
}

function list(cloud: Cloud, { query }: ApiRequest): ApiReply {
  const state = cloud.store.read();
  const found = sortBy(filterNamed(state.firewalls, query), query, ['id', 'name', 'created']);
  const { items, meta } = paginate(found, query);
  return { status: 200, body: { firewalls: items.map((item) => renderFirewall(state, item)), meta } };
}

async function create(cloud: Cloud, { body }: ApiRequest): Promise<ApiReply> {
  const order = readFirewallOrder(body);
  const targets = readTargets(body, 'apply_to', false);
  const { firewall, actions } = await cloud.store.update((draft) => {
    refuseName(draft, order.name);
    const created = new Date(cloud.now()).toISOString();
    const added: StoredFirewall = { ...order, id: draft.nextId.firewall++, created, appliedTo: [] };
    draft.firewalls.push(added);
    apply(draft, added, targets);
    const ids = targetIds(draft, added);
    return { firewall: added, actions: beginOnServers(draft, cloud.now(), added, 'apply_firewall', ids) };
  });
  cloud.runner.launch(actions);
  return {
    status: 201,
    body: {
      firewall: renderFirewall(cloud.store.read(), firewall),
      actions: actions.map((action) => renderAction(action, cloud.now())),
    },
  };
}

async function update(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  const fields = readFields(request.body);
  const name = fields.string('name', { maxBytes: 128 });
  const labels = fields.labels('labels');
  fields.done();
  const firewall = await cloud.store.update((draft) => {
    const stored = find(draft, idOf(request));
    if (name !== undefined && name !== stored.name) refuseName(draft, name);
    return Object.assign(stored, { name: name ?? stored.name, labels: labels ?? stored.labels });
  });
  return { status: 200, body: { firewall: renderFirewall(cloud.store.read(), firewall) } };
}

async function remove(cloud: Cloud, request: ApiRequest): Promise<ApiReply> {
  await cloud.store.update((draft) => {
    const stored = find(draft, idOf(request));
    if (stored.appliedTo.length > 0) {
      throw new ApiError('resource_in_use', `Firewall with ID '${stored.id}' is still in use`);
    }
    draft.firewalls = draft.firewalls.filter((firewall) => firewall !== stored);
  });
  return { status: 204 };
}

/** Changes a firewall in the store, then starts the actions that apply the change to the servers. */
async function change(
  cloud: Cloud,
  request: ApiRequest,
  alter: (draft: CloudState, firewall: StoredFirewall) => readonly StoredAction[],
): Promise<ApiReply> {
  const actions = await cloud.store.update((draft) => alter(draft, find(draft, idOf(request))));
  cloud.runner.launch(actions);
  return { status: 201, body: { actions: actions.map((action) => renderAction(action, cloud.now())) } };
}

function apply(draft: CloudState, firewall: StoredFirewall, targets: readonly FirewallTarget[]): void {
  for (const target of targets) {
    if (target.type === 'server' && !draft.servers.some(({ id }) => id === target.server.id)) {
      throw new ApiError('firewall_resource_not_found', `Server with ID '${target.server.id}' not found`);
    }
    if (firewall.appliedTo.some((other) => sameTarget(other, target))) {
      throw new ApiError('firewall_already_applied', 'Firewall is already applied to the resource');
    }
    firewall.appliedTo.push(target);
  }
}

function detach(draft: CloudState, firewall: StoredFirewall, targets: readonly FirewallTarget[]): void {
  for (const target of targets) {
    const applied = firewall.appliedTo.some((other) => sameTarget(other, target));
    if (!applied && target.type === 'server' && targetIds(draft, firewall).includes(target.server.id)) {
      throw new ApiError('firewall_managed_by_label_selector', 'Firewall was applied by a label selector');
    }
    if (!applied) {
      throw new ApiError('firewall_resource_not_found', 'Firewall is not applied to the resource');
    }
    firewall.appliedTo = firewall.appliedTo.filter((other) => !sameTarget(other, target));
  }
}

function beginOnServers(
  draft: CloudState,
  nowMs: number,
  firewall: StoredFirewall,
  command: 'apply_firewall' | 'remove_firewall',
  serverIds: readonly number[],
): readonly StoredAction[] {
  return serverIds.map((id) =>
    beginAction(draft, nowMs, command, [
      { id: firewall.id, type: 'firewall' },
      { id, type: 'server' },
    ]),
  );
}

function targetIds(draft: Readonly<CloudState>, firewall: StoredFirewall): readonly number[] {
  return draft.servers.filter((server) => isTarget(firewall, server)).map((server) => server.id);
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
