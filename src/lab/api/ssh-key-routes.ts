import { notFound, notUnique } from './api-error.ts';
import { type Cloud, idOf, type Route } from './cloud.ts';
import { readFields } from './fields.ts';
import { filterNamed, paginate, sortBy } from './listing.ts';
import type { CloudState, StoredSshKey } from './model.ts';
import { readSshKeyOrder } from './orders.ts';
import { renderSshKey } from './wire.ts';

export function sshKeyRoutes(cloud: Cloud): readonly Route[] {
  const { store } = cloud;
  return [
    {
      method: 'GET',
      path: '/ssh_keys',
      handle: ({ query }) => {
        const fingerprint = query.get('fingerprint');
        const found = sortBy(filterNamed(store.read().sshKeys, query), query, ['id', 'name']).filter(
          (key) => fingerprint === null || key.fingerprint === fingerprint,
        );
        const { items, meta } = paginate(found, query);
        return { status: 200, body: { ssh_keys: items.map(renderSshKey), meta } };
      },
    },
    {
      method: 'POST',
      path: '/ssh_keys',
      handle: async ({ body }) => {
        const order = readSshKeyOrder(body);
        const created = new Date(cloud.now()).toISOString();
        const key = await store.update((draft) => {
          refuseName(draft, order.name);
          if (draft.sshKeys.some((other) => other.fingerprint === order.fingerprint)) {
            throw notUnique('SSH key with the same fingerprint already exists', 'public_key');
          }
          const id = draft.nextId.sshKey++;
          const added: StoredSshKey = { ...order, id, created };
          draft.sshKeys.push(added);
          return added;
        });
        return { status: 201, body: { ssh_key: renderSshKey(key) } };
      },
    },
    {
      method: 'GET',
      path: '/ssh_keys/{id}',
      handle: (request) => {
        const key = findSshKey(store.read(), idOf(request));
        return { status: 200, body: { ssh_key: renderSshKey(key) } };
      },
    },
    {
      method: 'PUT',
      path: '/ssh_keys/{id}',
      handle: async (request) => {
        const fields = readFields(request.body);
        const name = fields.string('name', { maxBytes: 128 });
        const labels = fields.labels('labels');
        fields.done();
        const key = await store.update((draft) => {
          const stored = findSshKey(draft, idOf(request));
          if (name !== undefined && name !== stored.name) refuseName(draft, name);
          Object.assign(stored, { name: name ?? stored.name, labels: labels ?? stored.labels });
          return stored;
        });
        return { status: 200, body: { ssh_key: renderSshKey(key) } };
      },
    },
    {
      method: 'DELETE',
      path: '/ssh_keys/{id}',
      handle: async (request) => {
        await store.update((draft) => {
          const stored = findSshKey(draft, idOf(request));
          draft.sshKeys = draft.sshKeys.filter((key) => key !== stored);
        });
        return { status: 204 };
      },
    },
  ];
}

function findSshKey(state: Readonly<CloudState>, id: number): StoredSshKey {
  const key = state.sshKeys.find((candidate) => candidate.id === id);
  if (!key) throw notFound('ssh_key', id);
  return key;
}

function refuseName(state: Readonly<CloudState>, name: string): void {
  if (state.sshKeys.some((key) => key.name === name)) throw notUnique('SSH key name is already used', 'name');
}
