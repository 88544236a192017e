import { notFound, notUnique } from '../../../src/lab/api/api-error.ts';
import { readFields } from '../../../src/lab/api/fields.ts';
import { filterNamed } from '../../../src/lab/api/listing.ts';
import { sshKeyFingerprint } from '../../../src/lab/api/ssh-key-routes.ts';
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
  const fields = readFields(body);
  const name = fields.string('name', { required: true, maxBytes: 128 }) ?? '';
  const publicKey = fields.string('public_key', { required: true, maxBytes: 16_384 })?.trim() ?? '';
  const labels = fields.labels('labels') ?? {};
  const fingerprint = sshKeyFingerprint(publicKey);
  if (publicKey !== '' && fingerprint === undefined) fields.problem('public_key', 'is not an SSH public key');
  fields.done();
  const others = [...account.keys.values()];
  if (others.some((key) => key.name === name)) throw notUnique('SSH key name is already used', 'name');
  if (others.some((key) => key.fingerprint === fingerprint)) {
    throw notUnique('SSH key with the same fingerprint already exists', 'public_key');
  }
  const key: SimKey = {
    id: account.nextId(),
    name,
    createdMs: account.nowMs,
    publicKey,
    fingerprint: fingerprint ?? '',
    labels,
    listedFromMs: 0,
  };
  account.keys.set(key.id, key);
  if (fault === 'list-lags') lagBehind(account, key);
  account.note(by, 'POST', '/ssh_keys', key);
  return { status: 201, body: { ssh_key: keyView(account, key) } };
}
