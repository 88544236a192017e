import { afterEach, describe, expect, it } from 'vitest';
import { md5Fingerprint } from '../../../src/adapters/hetzner/keys.ts';
import { cloudFor, fingerprint, labels, publicKey } from './fixtures.ts';
import { apiError, inOrder, page, type ScriptedApi, startApi } from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api?.close());

const keyJson = (id: number, overrides: Readonly<Record<string, unknown>> = {}) => ({
  id,
  name: 'shop-controller',
  fingerprint,
  public_key: publicKey,
  labels,
  created: '2026-01-01T00:00:00Z',
  ...overrides,
});
const otherKey = publicKey.replace('OMqqnkVz', 'AAAAAAAA');
const none = page('ssh_keys', []);

describe('the fingerprint', () => {
  it('is the one that ssh-keygen and the provider show', () => {
    expect(md5Fingerprint(publicKey)).toBe(fingerprint);
    expect(md5Fingerprint(`${publicKey} with a comment\n`)).toBe(fingerprint);
  });

  it.each(['', 'ssh-ed25519', 'ssh-ed25519 !!!', '-----BEGIN OPENSSH PRIVATE KEY-----'])(
    'is refused for %j',
    (text) => {
      expect(() => md5Fingerprint(text)).toThrow('not in OpenSSH form');
    },
  );
});

describe('ensuring an SSH key', () => {
  it('uses the key that the account holds under another name, and leaves name and labels alone', async () => {
    api = await startApi(inOrder(page('ssh_keys', [keyJson(3, { name: "Ada's laptop", labels: {} })])));
    const key = await cloudFor(api).cloud.ensureKey('shop-controller', `${publicKey}`, labels);
    expect(key).toMatchObject({ id: 3, name: "Ada's laptop", labels: {} });
    expect(api.calls[0]?.query.get('fingerprint')).toBe(fingerprint);
    expect(api.requests()).toEqual(['GET /ssh_keys']);
  });

  it('does not trust a matching fingerprint with another key', async () => {
    api = await startApi(
      inOrder(page('ssh_keys', [keyJson(3, { public_key: otherKey })]), none, {
        status: 201,
        json: { ssh_key: keyJson(4) },
      }),
    );
    expect((await cloudFor(api).cloud.ensureKey('shop-controller', publicKey, labels)).id).toBe(4);
  });

  it('creates it with our labels when the account does not hold it', async () => {
    api = await startApi(inOrder(none, none, { status: 201, json: { ssh_key: keyJson(4) } }));
    expect((await cloudFor(api).cloud.ensureKey('shop-controller', publicKey, labels)).id).toBe(4);
    expect(api.calls[2]?.body).toEqual({ name: 'shop-controller', public_key: publicKey, labels });
  });

  it('uses another, bounded name when another key has the name', async () => {
    const long = 'n'.repeat(100);
    api = await startApi(
      inOrder(none, page('ssh_keys', [keyJson(3, { name: long.slice(0, 63) })]), {
        status: 201,
        json: { ssh_key: keyJson(4) },
      }),
    );
    await cloudFor(api).cloud.ensureKey(long, publicKey, labels);
    expect(api.calls[2]?.body).toMatchObject({ name: `${'n'.repeat(54)}-65962dfc` });
  });

  it.each([
    ['the reply is lost', 'destroy'],
    ['another client was faster', apiError(409, 'uniqueness_error')],
  ] as const)('looks it up by its fingerprint when %s', async (_name, answer) => {
    api = await startApi(inOrder(none, none, answer, page('ssh_keys', [keyJson(5)])));
    expect((await cloudFor(api).cloud.ensureKey('shop-controller', publicKey, labels)).id).toBe(5);
    expect(api.requests().filter((request) => request === 'POST /ssh_keys')).toHaveLength(1);
  });
});

describe('deleting an SSH key', () => {
  it('deletes ours under this name, and nobody else’s', async () => {
    api = await startApi((call) =>
      call.method === 'DELETE'
        ? { status: 204 }
        : page('ssh_keys', [
            keyJson(1),
            keyJson(2, { name: 'shop-controller-65962dfc' }),
            keyJson(3, { name: 'shop-controller-2' }),
            keyJson(4, { labels: {} }),
          ]),
    );
    await cloudFor(api).cloud.deleteKey('shop-controller', labels);
    expect(api.requests()).toEqual(['GET /ssh_keys', 'DELETE /ssh_keys/1', 'DELETE /ssh_keys/2']);
  });

  it('counts one that no longer exists as deleted', async () => {
    api = await startApi(inOrder(page('ssh_keys', [keyJson(1)]), apiError(404, 'not_found'), none));
    const { cloud } = cloudFor(api);
    await cloud.deleteKey('shop-controller', labels);
    await cloud.deleteKey('shop-controller', labels);
    expect(api.calls).toHaveLength(3);
  });
});
