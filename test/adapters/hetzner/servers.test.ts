import { afterEach, describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { actionJson, cloudFor, labels, serverJson, serverRequest } from './fixtures.ts';
import {
  type Answer,
  type ApiCall,
  apiError,
  inOrder,
  page,
  type ScriptedApi,
  startApi,
} from './scripted-api.ts';

let api: ScriptedApi;
afterEach(() => api.close());

const created = (id = 42): Answer => ({
  status: 201,
  json: {
    server: serverJson(id, { name: serverRequest.name, status: 'initializing' }),
    action: actionJson(1),
    next_actions: [
      actionJson(2, { command: 'start_server' }),
      actionJson(3, { status: 'success', progress: 100 }),
    ],
    root_password: 'never-read',
  },
});

/** A provider that remembers servers; `lose` says which creates have their effect but no reply. */
async function startStateful(lose: (create: number) => boolean, answerInstead: Answer = 'destroy') {
  const servers: Record<string, unknown>[] = [];
  let creates = 0;
  const answer = (call: ApiCall): Answer => {
    if (call.method === 'GET' && call.path === '/servers') {
      return page(
        'servers',
        servers.filter((server) => server.name === call.query.get('name')),
      );
    }
    if (call.method === 'GET') return page('actions', [actionJson(1)]);
    creates++;
    if (servers.length > 0) return apiError(409, 'uniqueness_error', 'server name is already used');
    servers.push(serverJson(42, { name: serverRequest.name }));
    return lose(creates) ? answerInstead : created();
  };
  api = await startApi(answer);
  return servers;
}

describe('creating a server', () => {
  it('returns it with the actions that have not ended', async () => {
    api = await startApi(inOrder(created()));
    const { cloud } = cloudFor(api);
    const { server, actions } = await cloud.createServer(serverRequest);
    expect(server).toMatchObject({ id: 42, name: 'shop-web-1', ipv4: '192.0.2.10', resource: 'node/web-1' });
    expect(actions).toEqual([1, 2]);
    expect(api.calls[0]?.body).toEqual({
      name: 'shop-web-1',
      server_type: 'cx23',
      location: 'fsn1',
      image: 'debian-12',
      ssh_keys: [7],
      firewalls: [{ firewall: 9 }],
      user_data: '#cloud-config\n',
      labels,
      start_after_create: true,
    });
  });

  it.each([
    ['the connection breaks', 'destroy'],
    ['a proxy answers 502 with a page', { status: 502, text: '<html>bad gateway</html>' }],
    ['a proxy answers 504 with a page', { status: 504, text: '<html>timeout</html>' }],
    ['the reply is cut off', { status: 201, text: '{"server": {"id": 4' }],
    ['the provider answers 500', apiError(500, 'server_error')],
  ] as const)('creates exactly one although %s after the effect', async (_name, lost) => {
    const servers = await startStateful((create) => create === 1, lost);
    const { cloud } = cloudFor(api);
    const { server, actions } = await cloud.createServer(serverRequest);
    expect(server.id).toBe(42);
    expect(actions).toEqual([1]);
    expect(servers).toHaveLength(1);
    expect(api.requests()).toEqual(['POST /servers', 'GET /servers', 'GET /servers/42/actions']);
  });

  it('creates exactly one although the provider never answers the create', async () => {
    const servers = await startStateful((create) => create === 1, 'hang');
    const { cloud } = cloudFor(api, 100);
    expect((await cloud.createServer(serverRequest)).server.id).toBe(42);
    expect(servers).toHaveLength(1);
  });

  it('sends it again after a lost request only when several lookups find nothing', async () => {
    api = await startApi((call, index) => {
      if (call.method === 'GET') return page('servers', []);
      return index === 0 ? 'destroy' : created();
    });
    const { cloud, clock } = cloudFor(api);
    expect((await cloud.createServer(serverRequest)).server.id).toBe(42);
    expect(api.requests()).toEqual(['POST /servers', ...Array(4).fill('GET /servers'), 'POST /servers']);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(4_000);
  });

  it('finds a server that an eventually consistent list shows late', async () => {
    let looks = 0;
    api = await startApi((call) => {
      if (call.method === 'POST') return 'destroy';
      if (call.path !== '/servers') return page('actions', []);
      return page('servers', ++looks < 3 ? [] : [serverJson(42, { name: serverRequest.name })]);
    });
    const { cloud } = cloudFor(api);
    const { server, actions } = await cloud.createServer(serverRequest);
    expect([server.id, actions]).toEqual([42, []]);
    expect(api.requests().filter((request) => request === 'POST /servers')).toHaveLength(1);
  });

  it('does not adopt a deleted server that a list still shows', async () => {
    api = await startApi((call, index) => {
      if (call.method === 'POST') return index === 0 ? 'destroy' : created(43);
      if (call.path === '/servers/42/actions') return apiError(404, 'not_found', 'server not found');
      return page('servers', [serverJson(42, { name: serverRequest.name })]);
    });
    const { cloud } = cloudFor(api);
    expect((await cloud.createServer(serverRequest)).server.id).toBe(43);
  });

  it('adopts the newest of several with one name, because the others must have been deleted', async () => {
    api = await startApi((call) => {
      if (call.method === 'POST') return 'destroy';
      if (call.path !== '/servers') return page('actions', []);
      return page(
        'servers',
        [42, 43].map((id) => serverJson(id, { name: serverRequest.name })),
      );
    });
    const { cloud } = cloudFor(api);
    expect((await cloud.createServer(serverRequest)).server.id).toBe(43);
  });

  it('gives up after six lost creates in a row', async () => {
    api = await startApi((call) => (call.method === 'POST' ? 'destroy' : page('servers', [])));
    const { cloud } = cloudFor(api);
    await expect(cloud.createServer(serverRequest)).rejects.toMatchObject({
      code: errors.providerUnreachable,
    });
    expect(api.requests().filter((request) => request === 'POST /servers')).toHaveLength(6);
  });

  it('adopts a server with our labels when the name is taken', async () => {
    api = await startApi(
      inOrder(
        apiError(409, 'uniqueness_error'),
        page('servers', [serverJson(42, { name: serverRequest.name })]),
        page('actions', [actionJson(5), actionJson(6, { status: 'success' })]),
      ),
    );
    const { cloud } = cloudFor(api);
    const { server, actions } = await cloud.createServer(serverRequest);
    expect([server.id, actions]).toEqual([42, [5]]);
  });

  it.each([
    ['no labels', {}, Object.entries(labels)],
    [
      'the labels of another fleet',
      { ...labels, 'pressluft.dev/fleet': 'other' },
      [['pressluft.dev/fleet', 'shop']],
    ],
    [
      'the labels of another resource',
      { ...labels, 'pressluft.dev/uid': 'aaaaaaaaaaaaaaaa' },
      [['pressluft.dev/uid', labels['pressluft.dev/uid']]],
    ],
  ])(
    'refuses a server of that name with %s, and says which labels it lacks, also after a lost reply',
    async (_name, found, missing) => {
      const foreign = serverJson(42, { name: serverRequest.name, labels: found });
      api = await startApi(
        inOrder(
          apiError(409, 'uniqueness_error'),
          page('servers', [foreign]),
          'destroy',
          page('servers', [foreign]),
        ),
      );
      const { cloud } = cloudFor(api);
      const refusal = {
        code: errors.nameTaken,
        hint: expect.stringContaining(`${missing.map((pair) => pair.join('=')).join(', ')}. Otherwise`),
      };
      await expect(cloud.createServer(serverRequest)).rejects.toMatchObject(refusal);
      await expect(cloud.createServer(serverRequest)).rejects.toMatchObject(refusal);
      expect(api.calls).toHaveLength(4);
    },
  );

  it('does not adopt a server that is being deleted', async () => {
    const deleting = serverJson(42, { name: serverRequest.name, status: 'deleting' });
    api = await startApi(inOrder(apiError(409, 'uniqueness_error'), page('servers', [deleting])));
    const { cloud } = cloudFor(api);
    await expect(cloud.createServer(serverRequest)).rejects.toMatchObject({ code: errors.resourceLocked });
  });

  it.each([
    [412, 'resource_unavailable', errors.serverUnavailable],
    [422, 'placement_error', errors.serverUnavailable],
    [403, 'resource_limit_exceeded', errors.accountLimitReached],
    [422, 'invalid_input', errors.requestRejected],
    [401, 'token_readonly', errors.tokenReadOnly],
  ])('does no lookup after %i %s: the result is definite', async (status, apiCode, code) => {
    api = await startApi(inOrder(apiError(status, apiCode)));
    const { cloud } = cloudFor(api);
    await expect(cloud.createServer(serverRequest)).rejects.toMatchObject({ code });
    expect(api.calls).toHaveLength(1);
  });
});

describe('listing servers', () => {
  const fleet = Array.from({ length: 120 }, (_, index) => serverJson(index + 1));
  const pageOf = (items: readonly unknown[], call: ApiCall): Answer => {
    const number = Number(call.query.get('page'));
    const last = Math.ceil(items.length / 50);
    return page('servers', items.slice((number - 1) * 50, number * 50), {
      page: number,
      next_page: number < last ? number + 1 : null,
      total_entries: items.length,
    });
  };

  it('reads every page, fifty at a time, selected by the fleet label', async () => {
    api = await startApi((call) => pageOf(fleet, call));
    const { cloud } = cloudFor(api);
    const servers = await cloud.listServers('shop');
    expect(servers.map((server) => server.id)).toEqual(fleet.map((server) => server.id));
    expect(api.calls.map((call) => call.query.get('page'))).toEqual(['1', '2', '3']);
    expect(api.calls[0]?.query.get('per_page')).toBe('50');
    expect(api.calls[0]?.query.get('label_selector')).toBe('pressluft.dev/fleet==shop');
  });

  it('reads again when an entry disappears between two pages, so that none is overlooked', async () => {
    api = await startApi((call, index) => pageOf(index === 0 ? fleet : fleet.slice(1), call));
    const { cloud } = cloudFor(api);
    const servers = await cloud.listServers('shop');
    expect(servers.map((server) => server.id)).toEqual(fleet.slice(1).map((server) => server.id));
    expect(api.calls).toHaveLength(5);
  });

  it('refuses paging that does not advance', async () => {
    api = await startApi(() => page('servers', [], { next_page: 1 }));
    const { cloud } = cloudFor(api);
    await expect(cloud.listServers('shop')).rejects.toMatchObject({ code: errors.providerReplyInvalid });
    expect(api.calls).toHaveLength(1);
  });

  it('reads resource and uid from the labels, and neither from labels that are not ours', async () => {
    const strange = serverJson(2, {
      labels: { 'pressluft.dev/resource': '../../etc', 'pressluft.dev/uid': 'x y' },
      public_net: { ipv4: null, ipv6: null, floating_ips: [] },
      image: null,
    });
    api = await startApi(inOrder(page('servers', [serverJson(1), strange])));
    const { cloud } = cloudFor(api);
    const [ours, other] = await cloud.listServers('shop');
    expect(ours).toMatchObject({ resource: 'node/web-1', uid: labels['pressluft.dev/uid'] });
    expect(other).toMatchObject({ resource: null, uid: null, ipv4: null, image: null });
  });
});

describe('single servers', () => {
  it('is null when there is none of that id, or none of exactly that name', async () => {
    api = await startApi(
      inOrder(apiError(404, 'not_found'), page('servers', [serverJson(1, { name: 'shop-web-11' })])),
    );
    const { cloud } = cloudFor(api);
    expect(await cloud.getServer(7)).toBeNull();
    expect(await cloud.findServer('shop-web-1')).toBeNull();
  });

  it('counts the deletion of one that no longer exists as success', async () => {
    api = await startApi(inOrder(apiError(404, 'not_found')));
    const { cloud } = cloudFor(api);
    expect(await cloud.deleteServer(42)).toEqual([]);
  });

  it('may be deleted with the reserve of the request budget, which other requests must not use', async () => {
    const start = Date.UTC(2026, 0, 1);
    const nearlySpent = {
      date: new Date(start).toUTCString(),
      'ratelimit-limit': '3600',
      'ratelimit-remaining': '5',
      'ratelimit-reset': String(start / 1000 + 3595),
    };
    api = await startApi((call) =>
      call.method === 'GET'
        ? { ...page('servers', []), headers: nearlySpent }
        : { json: { action: actionJson(8) }, headers: nearlySpent },
    );
    const { cloud, clock } = cloudFor(api);
    await cloud.findServer('shop-web-1');
    await cloud.deleteServer(42);
    expect(clock.monotonic()).toBe(0);
    await cloud.findServer('shop-web-1');
    expect(clock.monotonic()).toBeGreaterThan(30_000);
  });

  it('waits for a lock when deleting and switching on, five tries at most', async () => {
    const done = { json: { action: actionJson(8, { command: 'delete_server' }) } };
    api = await startApi(
      inOrder(
        apiError(423, 'locked'),
        apiError(423, 'locked'),
        done,
        ...Array(5).fill(apiError(423, 'locked')),
      ),
    );
    const { cloud, clock } = cloudFor(api);
    expect(await cloud.deleteServer(42)).toEqual([8]);
    expect(clock.monotonic()).toBeGreaterThanOrEqual(2_000);
    await expect(cloud.powerOn(42)).rejects.toMatchObject({ code: errors.resourceLocked });
    expect(api.calls).toHaveLength(8);
  });

  it('repeats powering on after a lost reply, because it is idempotent', async () => {
    api = await startApi(inOrder('destroy', { status: 201, json: { action: actionJson(9) } }));
    const { cloud } = cloudFor(api);
    expect(await cloud.powerOn(42)).toEqual([9]);
    expect(api.requests()).toEqual(['POST /servers/42/actions/poweron', 'POST /servers/42/actions/poweron']);
  });
});
