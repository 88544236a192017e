import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { createFleet, type E2eFleet, eventually, finish } from '../support/e2e-fleet.ts';
import { type TestLab, testLab } from '../support/e2e-lab.ts';
import { environment, manifest, smallFleet } from '../support/small-fleet.ts';

describe('faults of the provider', () => {
  let test: TestLab;
  let fleet: E2eFleet;
  let count = 0;

  const api = () => test.lab.api;
  const created = () =>
    api()
      .journal.entries()
      .filter((entry) => entry.method === 'POST' && entry.path === '/v1/servers' && entry.decided === 201);

  beforeAll(async () => {
    // A budget that refills quickly, so that an empty one causes a wait of a second instead of half a minute.
    test = await testLab('e2eprov', { rateLimit: { limit: 3600, refillPerSecond: 40 } });
  });
  beforeEach(async () => {
    await fleet?.remove();
    await test.lab.reset();
    api().journal.clear();
    count += 1;
    fleet = await createFleet(
      test.lab,
      smallFleet(test.lab.mirror.catalogue, { nodes: { [`n${count}`]: [] } }),
    );
  });
  afterAll(async () => {
    await fleet?.remove();
    await test?.end();
  });

  const node = () => `node/n${count}`;

  it('with a wrong token the provider is degraded with a reason, and nothing is touched', async () => {
    const pass = await fleet.pressluft(['reconcile'], { env: { HCLOUD_TOKEN: 'x'.repeat(64) } });
    expect(pass.code, pass.stderr).toBe(4);
    expect(await fleet.ready('provider/cloud')).toBe('False TokenRefused');
    expect(await fleet.ready(node())).toBe('False ProviderDegraded');
    expect(
      api()
        .journal.entries()
        .every((entry) => entry.method === 'GET'),
    ).toBe(true);
    expect(pass.stdout + pass.stderr).not.toContain('x'.repeat(64));
  });

  it('a missing token is named by its variable', async () => {
    const files = {
      'provider.yaml': manifest('Provider', 'cloud', {
        type: 'hetzner',
        token: { env: 'HCLOUD_NONE' },
        location: 'fsn1',
      }),
    };
    await fleet.commit(files, 'test: another variable');
    expect((await fleet.pressluft(['reconcile'])).code).toBe(4);
    expect(await fleet.ready('provider/cloud')).toBe('False SecretMissing');
    expect(JSON.stringify(await fleet.status('provider/cloud'))).toContain('HCLOUD_NONE');
  });

  it('many replies of 429 and 5xx are retried, and the result is one provisioned server', async () => {
    await api().setFaults([
      { kind: 'status', status: 429, times: 2 },
      { kind: 'status', status: 502, html: true, times: 1 },
      { kind: 'status', status: 504, times: 1 },
    ]);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    expect(await fleet.ready(node())).toBe('True Provisioned');
    expect(api().servers()).toHaveLength(1);
  });

  it('a reply lost after the server was created leaves exactly one server', async () => {
    await api().setFaults([{ kind: 'lost-reply', method: 'POST', path: '^/v1/servers$', times: 1 }]);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    expect(created()).toHaveLength(1);
    expect(api().servers()).toHaveLength(1);
    expect(await fleet.ready(node())).toBe('True Provisioned');
  });

  it('a kill during server create is finished by the next pass, with the same server', async () => {
    await api().setFaults([{ kind: 'slow-action', command: 'create_server', ms: 4000, times: 1 }]);
    const child = fleet.start(['reconcile']);
    const ended = finish(child, 600_000);
    await eventually(
      'the server is being created',
      async () => created().length,
      (seen) => seen === 1,
      600_000,
    );
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await ended;

    const pass = await fleet.pressluft(['reconcile']);
    expect(pass, pass.stderr).toMatchObject({ code: 0 });
    expect(created()).toHaveLength(1);
    expect(api().servers()).toHaveLength(1);
    expect(await fleet.ready(node())).toBe('True Provisioned');
  });

  it('an action that ends in error is reported with its code, and tried again later', async () => {
    await api().setFaults([{ kind: 'action-error', command: 'create_server', times: 1 }]);
    const first = await fleet.pressluft(['reconcile']);
    expect(first.code, first.stderr).toBe(4);
    expect(await fleet.ready(node())).toBe('False BackingOff');
    const second = await fleet.pressluft(['reconcile']);
    expect(second, second.stderr).toMatchObject({ code: 0 });
    expect(api().servers()).toHaveLength(1);
  });

  it('a live server that is missing from the list for a moment is adopted with its own host key, and never created again', async () => {
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    const before = (await fleet.status(node()))?.details as Record<string, unknown>;
    // Hidden when the pass begins, seen again some seconds later.
    const ageMs = Date.now() - Date.parse(created()[0]?.at ?? '');
    await api().setFaults([{ kind: 'eventual-list', ms: ageMs + 5000 }]);
    const blind = await fleet.pressluft(['reconcile']);
    expect(blind, blind.stderr).toMatchObject({ code: 0 });
    await api().setFaults([]);
    expect((await fleet.pressluft(['reconcile'])).code).toBe(0);
    expect(created()).toHaveLength(1);
    expect((await fleet.status(node()))?.details).toEqual(before);
  });

  it('a sold-out server type is reported with the next step', async () => {
    await api().setFaults([{ kind: 'sold-out', serverType: 'cx23' }]);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(4);
    expect(JSON.stringify(await fleet.status(node()))).toContain(errors.serverUnavailable);
    expect(api().servers()).toHaveLength(0);
  });

  it('a server that is relabelled, renamed, rebuilt or deleted by hand takes no data along without an approval', async () => {
    const name = `n${count}`;
    const protectedNode = manifest('Node', name, { provider: 'cloud', serverType: 'cx23', protected: true });
    await fleet.commit(
      {
        [`nodes/${name}.yaml`]: protectedNode,
        'environments/shop-live.yaml': environment('shop-live', name, {
          type: 'production',
          protected: true,
        }),
      },
      'test: a protected production',
    );
    expect(await fleet.pressluft(['reconcile'])).toMatchObject({ code: 0 });
    const post = ['wp', 'shop-live', '--', 'post', 'create', '--post_title=Kept', '--post_status=publish'];
    expect(await fleet.pressluft(post)).toMatchObject({ code: 0 });
    const [server] = api().servers();
    if (server === undefined) throw new Error('no server');
    const at = `/servers/${server.id}`;
    const { labels } = (await call(test, 'GET', at)).server as { labels: Record<string, string> };

    await call(test, 'PUT', at, { labels: { env: 'prod' } });
    expect((await fleet.pressluft(['reconcile'])).code).toBe(6);
    expect(await fleet.ready(node())).toBe('False ServerUnlabelled');
    await call(test, 'PUT', at, { name: 'shop' });
    expect((await fleet.pressluft(['reconcile'])).code).toBe(6);
    await call(test, 'PUT', at, { labels });
    expect((await fleet.pressluft(['reconcile'])).code).toBe(6);
    expect(await fleet.ready(node())).toBe('False ServerRenamed');
    await call(test, 'PUT', at, { name: `small-${name}` });
    expect(await fleet.pressluft(['reconcile'])).toMatchObject({ code: 0 });
    expect((await fleet.pressluft(['wp', 'shop-live', '--', 'post', 'list'])).stdout).toContain('Kept');

    await call(test, 'POST', `${at}/actions/rebuild`, { image: 'debian-12' });
    await api().idle();
    await eventually(
      'the rebuilt server answers',
      async () => {
        await fleet.pressluft(['reconcile']);
        return fleet.ready(node());
      },
      (ready) => ready === 'False ServerRebuilt',
      120_000,
    );
    expect(await fleet.ready('environment/shop-live')).toBe('False DataMissing');
    expect((await fleet.pressluft(['plan', '--observed', 'live'])).stdout).not.toContain('without risk');

    await call(test, 'DELETE', at);
    await api().idle();
    expect((await fleet.pressluft(['reconcile'])).code).toBe(6);
    expect(await fleet.ready(node())).toBe('False ServerGone');
    expect(api().servers()).toEqual([]);
    expect(created()).toHaveLength(1);
  });

  it('a foreign server of that name is never changed', async () => {
    const foreign = await createForeign(test, `small-n${count}`);
    const pass = await fleet.pressluft(['reconcile']);
    expect(pass.code).toBe(4);
    expect(JSON.stringify(await fleet.status(node()))).toContain(errors.nameTaken);
    expect(
      api()
        .servers()
        .map((server) => server.id),
    ).toEqual([foreign]);
  });
});

async function call({ lab }: TestLab, method: string, path: string, body?: unknown) {
  const { endpoint, token } = lab.description.cloud;
  const reply = await fetch(`${endpoint}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(reply.ok, `${method} ${path}: ${reply.status}`).toBe(true);
  return (await reply.json()) as Record<string, unknown>;
}

async function createForeign({ lab }: TestLab, name: string): Promise<number> {
  const { endpoint, token } = lab.description.cloud;
  const reply = await fetch(`${endpoint}/servers`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name, server_type: 'cx23', image: 'debian-12', location: 'fsn1' }),
  });
  const body = (await reply.json()) as { server: { id: number } };
  await lab.api.idle();
  return body.server.id;
}
