import { invalidInput, notFound } from './api-error.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { filterValues, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredAction } from './model.ts';
import { renderAction } from './views.ts';

type ResourceType = StoredAction['resources'][number]['type'];

export const actionRoutes: readonly Route[] = [
  { method: 'GET', path: '/actions', handle: batch },
  { method: 'GET', path: '/actions/{id}', handle: (cloud, request) => one(cloud, request) },
  ...routesOf('server', '/servers'),
  ...routesOf('firewall', '/firewalls'),
];

function routesOf(type: ResourceType, path: string): readonly Route[] {
  const list: Route['handle'] = (cloud, request) => page(cloud, request, type);
  const get: Route['handle'] = (cloud, request) => one(cloud, request, type);
  return [
    { method: 'GET', path: `${path}/actions`, handle: list },
    { method: 'GET', path: `${path}/actions/{id}`, handle: get },
    { method: 'GET', path: `${path}/{id}/actions`, handle: list },
    { method: 'GET', path: `${path}/{id}/actions/{action_id}`, handle: get },
  ];
}

/** The global list requires ids, since Hetzner removed the listing of all actions; unknown ids are left out. */
function batch({ state, nowMs }: Cloud, { query }: ApiRequest): ApiReply {
  const ids = query.getAll('id');
  if (ids.length === 0) throw invalidInput([{ name: 'id', messages: ['is required'] }]);
  const found = state.actions.filter((action) => ids.includes(String(action.id)));
  const actions = sorted(found, query).map((action) => renderAction(action, nowMs));
  return { status: 200, body: { actions } };
}

function page({ state, nowMs }: Cloud, { query, params }: ApiRequest, type: ResourceType): ApiReply {
  refuseUnknown(state, type, params.id);
  const statuses = filterValues(query, 'status', ['running', 'success', 'error']);
  const ids = query.getAll('id');
  const found = state.actions
    .filter((action) => belongsTo(action, type, params.id))
    .filter((action) => statuses.length === 0 || statuses.includes(action.status))
    .filter((action) => ids.length === 0 || ids.includes(String(action.id)));
  const { items, meta } = paginate(sorted(found, query), query);
  return { status: 200, body: { actions: items.map((action) => renderAction(action, nowMs)), meta } };
}

function one({ state, nowMs }: Cloud, request: ApiRequest, type?: ResourceType): ApiReply {
  const nested = request.params.action_id !== undefined;
  if (nested && type !== undefined) refuseUnknown(state, type, request.params.id);
  const id = idOf(request, nested ? 'action_id' : 'id');
  const action = state.actions.find((candidate) => candidate.id === id);
  const visible =
    action && (type === undefined || belongsTo(action, type, nested ? request.params.id : undefined));
  if (!visible) throw notFound('action', id);
  return { status: 200, body: { action: renderAction(action, nowMs) } };
}

/** The actions of a deleted resource are found by their own id only. */
function refuseUnknown(state: Readonly<CloudState>, type: ResourceType, id: string | undefined): void {
  if (id === undefined) return;
  const all: readonly { readonly id: number }[] = type === 'server' ? state.servers : state.firewalls;
  if (!all.some((resource) => String(resource.id) === id)) throw notFound(type, id);
}

function belongsTo(action: StoredAction, type: ResourceType, id: string | undefined): boolean {
  return action.resources.some(
    (resource) => resource.type === type && (id === undefined || String(resource.id) === id),
  );
}

function sorted(actions: readonly StoredAction[], query: URLSearchParams): readonly StoredAction[] {
  return sortBy(actions, query, ['id', 'command', 'status', 'started', 'finished']);
}
