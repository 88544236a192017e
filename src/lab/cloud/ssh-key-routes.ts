import { notFound, notUnique } from './api-error.ts';
import { type ApiReply, type ApiRequest, type Cloud, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import { filterNamed, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredSshKey } from './model.ts';
import { readSshKeyOrder } from './orders.ts';
import { renderSshKey } from './views.ts';

export const sshKeyRoutes: readonly Route[] = [
  { method: 'GET', path: '/ssh_keys', handle: list },
  { method: 'POST', path: '/ssh_keys', handle: create },
  {
    method: 'GET',
    path: '/ssh_keys/{id}',
    handle: ({ state }, request) => ({
      status: 200,
      body: { ssh_key: renderSshKey(findSshKey(state, idOf(request))) },
    }),
  },
  { method: 'PUT', path: '/ssh_keys/{id}', handle: update },
  { method: 'DELETE', path: '/ssh_keys/{id}', handle: remove },
];

function list({ state, datacenter }: Cloud, { query }: ApiRequest): ApiReply {
  const fingerprint = query.get('fingerprint');
  const named = filterNamed(datacenter.listed('ssh_keys', state.sshKeys), query);
  const found = sortBy(named, query, ['id', 'name']).filter(
    (key) => fingerprint === null || key.fingerprint === fingerprint,
  );
  const { items, meta } = paginate(found, query);
  return { status: 200, body: { ssh_keys: items.map(renderSshKey), meta } };
}

function create({ state, nowMs }: Cloud, { body }: ApiRequest): ApiReply {
  const order = readSshKeyOrder(body);
  refuseName(state, order.name);
  if (state.sshKeys.some((other) => other.fingerprint === order.fingerprint)) {
    throw notUnique('SSH key with the same fingerprint already exists', 'public_key');
  }
  const created = new Date(nowMs).toISOString();
  const key: StoredSshKey = { ...order, id: state.nextId.sshKey++, created };
  state.sshKeys.push(key);
  return { status: 201, body: { ssh_key: renderSshKey(key) } };
}

function update({ state }: Cloud, request: ApiRequest): ApiReply {
  const fields = readFields(request.body);
  const name = fields.string('name', { maxBytes: 128 });
  const labels = fields.labels('labels');
  fields.done();
  const key = findSshKey(state, idOf(request));
  if (name !== undefined && name !== key.name) refuseName(state, name);
  Object.assign(key, { name: name ?? key.name, labels: labels ?? key.labels });
  return { status: 200, body: { ssh_key: renderSshKey(key) } };
}

function remove({ state }: Cloud, request: ApiRequest): ApiReply {
  const removed = findSshKey(state, idOf(request));
  state.sshKeys = state.sshKeys.filter((key) => key !== removed);
  return { status: 204 };
}

function findSshKey(state: Readonly<CloudState>, id: number): StoredSshKey {
  const key = state.sshKeys.find((candidate) => candidate.id === id);
  if (!key) throw notFound('ssh_key', id);
  return key;
}

function refuseName(state: Readonly<CloudState>, name: string): void {
  if (state.sshKeys.some((key) => key.name === name)) throw notUnique('SSH key name is already used', 'name');
}
