import { invalidInput, notFound } from './api-error.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { filterValues, paginate, sortBy } from './listing.ts';
import type { StoredAction } from './model.ts';
import { renderAction } from './views.ts';

type ResourceType = StoredAction['resources'][number]['type'];

export function actionRoutes(cloud: Cloud): readonly Route[] {
  return [
    { method: 'GET', path: '/actions', handle: (request) => batch(cloud, request) },
    { method: 'GET', path: '/actions/{id}', handle: (request) => one(cloud, request) },
    ...resourceRoutes(cloud, 'server', '/servers'),
    ...resourceRoutes(cloud, 'firewall', '/firewalls'),
  ];
}

function resourceRoutes(cloud: Cloud, type: ResourceType, path: string): readonly Route[] {
  const handle = (request: ApiRequest) => list(cloud, request, type);
  return [
    { method: 'GET', path: `${path}/actions`, handle },
    { method: 'GET', path: `${path}/actions/{id}`, handle: (request) => one(cloud, request, type) },
    { method: 'GET', path: `${path}/{id}/actions`, handle },
    {
      method: 'GET',
      path: `${path}/{id}/actions/{action_id}`,
      handle: (request) => one(cloud, request, type),
    },
  ];
}

/** The global list requires ids, since Hetzner removed the listing of all actions; unknown ids are left out. */
function batch(cloud: Cloud, { query }: ApiRequest): ApiReply {
  const ids = query.getAll('id');
  if (ids.length === 0) throw invalidInput([{ name: 'id', messages: ['is required'] }]);
  const found = cloud.store.read().actions.filter((action) => ids.includes(String(action.id)));
  const actions = sorted(found, query).map((action) => renderAction(action, cloud.now()));
  return { status: 200, body: { actions } };
}

function list(cloud: Cloud, { query, params }: ApiRequest, type: ResourceType): ApiReply {
  const statuses = filterValues(query, 'status', ['running', 'success', 'error']);
  const ids = query.getAll('id');
  const found = cloud.store
    .read()
    .actions.filter((action) => belongsTo(action, type, params.id))
    .filter((action) => statuses.length === 0 || statuses.includes(action.status))
    .filter((action) => ids.length === 0 || ids.includes(String(action.id)));
  const { items, meta } = paginate(sorted(found, query), query);
  return { status: 200, body: { actions: items.map((action) => renderAction(action, cloud.now())), meta } };
}

function one(cloud: Cloud, request: ApiRequest, type?: ResourceType): ApiReply {
  const nested = request.params.action_id !== undefined;
  const id = idOf(request, nested ? 'action_id' : 'id');
  const action = cloud.store.read().actions.find((candidate) => candidate.id === id);
  const visible =
    action && (type === undefined || belongsTo(action, type, nested ? request.params.id : undefined));
  if (!visible) throw notFound('action', id);
  return { status: 200, body: { action: renderAction(action, cloud.now()) } };
}

function belongsTo(action: StoredAction, type: ResourceType, id: string | undefined): boolean {
  return action.resources.some(
    (resource) => resource.type === type && (id === undefined || String(resource.id) === id),
  );
}

function sorted(actions: readonly StoredAction[], query: URLSearchParams): readonly StoredAction[] {
  return sortBy(actions, query, ['id', 'command', 'status', 'started', 'finished']);
}
