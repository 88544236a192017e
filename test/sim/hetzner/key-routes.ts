import { notFound, notUnique } from '../../../src/lab/api/api-error.ts';
import { filterNamed } from '../../../src/lab/api/listing.ts';
import { readSshKeyOrder } from '../../../src/lab/api/orders.ts';
import { isListed } from './listed.ts';
import type { SimKey } from './model.ts';
import { page, type Route, type RouteRequest } from './route.ts';
import { lagBehind } from './server-life.ts';
import { keyView } from './views.ts';

export const keyRoutes: Readonly<Record<string, Route>> = {
  'GET /ssh_keys': (request) => {
    const { account, query } = request;
    const fingerprint = query.get('fingerprint');
    const keys = filterNamed([...account.keys.values()].filter(isListed(account)), query);
    return page(
      request,
      'ssh_keys',
      keys.filter((key) => fingerprint === null || key.fingerprint === fingerprint),
      keyView,
    );
  },
  'POST /ssh_keys': create,
  'DELETE /ssh_keys/{id}': ({ account, by, id }) => {
    const key = account.keys.get(id);
    if (key === undefined) throw notFound('ssh_key', id);
    account.note(by, 'DELETE', '/ssh_keys/{id}', key);
    account.keys.delete(id);
    return { status: 204 };
  },
};

function create({ account, by, body, fault }: RouteRequest) {
  const order = readSshKeyOrder(body);
  const others = [...account.keys.values()];
  if (others.some((key) => key.name === order.name)) throw notUnique('SSH key name is already used', 'name');
  if (others.some((key) => key.fingerprint === order.fingerprint)) {
    throw notUnique('SSH key with the same fingerprint already exists', 'public_key');
  }
  const key: SimKey = { ...order, id: account.nextId(), createdMs: account.nowMs, listedFromMs: 0 };
  account.keys.set(key.id, key);
  if (fault === 'list-lags') lagBehind(account, key);
  account.note(by, 'POST', '/ssh_keys', key);
  return { status: 201, body: { ssh_key: keyView(account, key) } };
}
