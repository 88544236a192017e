import { describe, expect, it } from 'vitest';
import type { DesiredCloudProvider } from '../../../src/fleet/desired.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { ActionCommand } from '../../../src/lab/cloud/model.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { drive } from '../core/drive.ts';
import { type CloudWorld, cloudWorld } from './cloud-world.ts';
import { provideServer, publicKey, removeServerOf, webServer } from './node-life.ts';
import { cloudPeople } from './people.ts';
import { type ScriptedFaults, scriptedFaults } from './scripted-faults.ts';
import { simClouds } from './sim-cloud.ts';

describe('the simulated provider', () => {
  it('boots a machine at the address of a server, and removes it with the server', async () => {
    const { world, account, run } = setUp();
    const id = await run(provideServer(world.start().cloud));
    const server = account.servers.get(id);
    expect([...world.machines.values()]).toMatchObject([
      {
        id,
        ipv4: server?.ipv4,
        hostname: webServer.name,
        userData: webServer.userData,
        authorizedKeys: [publicKey],
      },
    ]);
    await run(removeServerOf(world.start().cloud));
    expect(world.machines.size).toBe(0);
    expect(account.audit.map(({ by, method, path }) => `${by} ${method} ${path}`)).toEqual([
      'daemon POST /ssh_keys',
      'daemon POST /firewalls',
      'daemon POST /servers',
      'daemon DELETE /servers/{id}',
    ]);
  });

  it('does not reuse an address that was just freed', async () => {
    const { world, account, run } = setUp();
    const { cloud } = world.start();
    const addresses = new Set<string | undefined>();
    for (let life = 0; life < 3; life++) {
      addresses.add(account.servers.get(await run(provideServer(cloud)))?.ipv4);
      await run(removeServerOf(cloud));
    }
    expect(addresses.size).toBe(3);
  });

  it('applies a timed-out request at an unexpected time, and still has one server', async () => {
    const { world, account, script, run } = setUp();
    script.next('hetzner.POST /servers', 'timeout-late');
    const id = await run(provideServer(world.start().cloud));
    await pass(world, 300_000);
    expect([...account.servers.keys()]).toEqual([id]);
  });

  it('leaves a server behind when its creation arrives after its sender had been told to stop', async () => {
    const { world, account, script, run } = setUp();
    script.next('hetzner.POST /servers', 'timeout-late');
    const stop = new AbortController();
    const create = world.start().cloud.createServer(webServer, stop.signal);
    world.core.timeline.in(500, 'stop', () => stop.abort('enough'));
    await expect(run(create)).rejects.toBe('enough');
    expect(account.servers.size).toBe(0);
    await pass(world, 300_000);
    expect([...account.servers.values()]).toMatchObject([{ name: webServer.name, status: 'running' }]);
  });

  it('lists a deleted server for a while, which is not adopted', async () => {
    const { world, account, script, run } = setUp();
    const { cloud } = world.start();
    const first = await run(provideServer(cloud));
    script.next('hetzner.DELETE /servers/{id}', 'still-listed');
    script.next('hetzner.POST /servers', 'lost-request');
    await run(removeServerOf(cloud));
    expect(await run(cloud.findServer(webServer.name))).toMatchObject({ id: first, status: 'running' });
    expect(await run(cloud.getServer(first))).toBeNull();
    const second = await run(provideServer(cloud));
    expect(second).not.toBe(first);
    expect([...account.servers.keys()]).toEqual([second]);
  });

  it('works without a key that was deleted right before the server was created, in the next attempt', async () => {
    const { world, account, run } = setUp();
    const { cloud } = world.start();
    const key = await run(cloud.ensureKey('shop-pressluft', publicKey, webServer.labels));
    expect(cloudPeople(account, 'mallory').deleteKey(key.id)).toBe(true);
    const create = cloud.createServer({ ...webServer, sshKeyIds: [key.id] });
    await expect(run(create)).rejects.toMatchObject({
      code: errors.providerResourceMissing,
      retry: { kind: 'backoff' },
    });
    expect(account.servers.get(await run(provideServer(cloud)))?.status).toBe('running');
  });

  it('refuses the old token after a rotation, and every token after they expired', async () => {
    const { world, account, run } = setUp();
    const [old, next] = [world.start().cloud, world.start('daemon', 'fresh').cloud];
    const person = cloudPeople(account, 'alice');
    await run(old.check());
    person.rotateToken('fresh');
    await expect(run(old.check())).rejects.toMatchObject({ code: errors.tokenRefused });
    await run(next.check());
    person.expireTokens();
    await expect(run(next.check())).rejects.toMatchObject({ code: errors.tokenRefused });
  });

  it('lets people change only servers that are not locked', async () => {
    const { world, account, run } = setUp();
    const person = cloudPeople(account, 'bob');
    const server = person.createServer('bobs');
    const id = server?.id ?? 0;
    expect(person.createServer('bobs')).toBeNull();
    expect([person.deleteServer(id), person.powerOff(id)]).toEqual([false, false]);
    await pass(world, 60_000);
    expect([person.powerOff(id), person.powerOn(id), person.relabel(id, { a: 'b' })]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await run(world.start().cloud.findServer('bobs'))).toMatchObject({
      labels: { a: 'b' },
      status: 'running',
    });
    expect(person.deleteServer(id)).toBe(true);
    await pass(world, 60_000);
    expect(account.servers.size).toBe(0);
    expect(account.audit.every(({ by }) => by === 'bob')).toBe(true);
  });
});

describe('people at the console of the simulated provider', () => {
  it('can rename, relabel, protect, resize and rebuild a server', async () => {
    const { world, account, run } = setUp();
    const id = await run(provideServer(world.start().cloud));
    const dana = cloudPeople(account, 'Dana');
    const machine = account.servers.get(id)?.ipv4 ?? '';
    const act = (name: string, body?: object) => dana.sendNow('POST', `/servers/${id}/actions/${name}`, body);

    expect(dana.send('PUT', `/servers/${id}`, { name: 'other', labels: { env: 'prod' } })?.status).toBe(200);
    expect(act('change_type', { server_type: 'cx33', upgrade_disk: false })).toBeNull();
    act('poweroff');
    expect(act('change_type', { server_type: 'cx33', upgrade_disk: false })?.status).toBe(201);
    expect(act('rebuild', { image: 'debian-13' })?.status).toBe(201);
    expect(world.machines.get(machine)).toMatchObject({ hostname: 'other', userData: webServer.userData });
    expect(act('change_protection', { delete: true, rebuild: true })?.status).toBe(201);
    expect(dana.deleteServer(id)).toBe(false);
    expect(account.servers.get(id)).toMatchObject({
      ...{ name: 'other', labels: { env: 'prod' }, serverType: 'cx33', image: 'debian-13' },
      ...{ status: 'running', protected: true, lockedBy: null },
    });
    expect(account.audit.slice(3).map(({ path, name }) => `${path} ${name}`)).toEqual([
      `/servers/{id} ${webServer.name}`,
      '/servers/{id}/actions/poweroff other',
      '/servers/{id}/actions/change_type other',
      '/servers/{id}/actions/rebuild other',
      '/servers/{id}/actions/change_protection other',
    ]);
  });

  it('lock a server while they make an image of it', async () => {
    const { world, account, run } = setUp();
    const id = await run(provideServer(world.start().cloud));
    const dana = cloudPeople(account, 'Dana');
    account.lock(id);
    expect(account.servers.get(id)).toMatchObject({ status: 'running', lockedBy: expect.any(Number) });
    expect([dana.powerOff(id), dana.deleteServer(id)]).toEqual([false, false]);
    account.unlock(id);
    expect(dana.powerOff(id)).toBe(true);
  });

  it('change nothing with a request that is refused halfway', async () => {
    const { world, account, run } = setUp();
    const id = await run(provideServer(world.start().cloud));
    const dana = cloudPeople(account, 'Dana');
    dana.send('POST', '/firewalls', { name: 'second' });
    const firewall = [...account.firewalls.values()].find(({ name }) => name === 'second');
    const servers = [id, 4711].map((server) => ({ type: 'server', server: { id: server } }));
    const path = `/firewalls/${firewall?.id}/actions/apply_to_resources`;
    expect(dana.send('POST', path, { apply_to: servers })).toBeNull();
    expect(account.firewalls.get(firewall?.id ?? 0)?.appliedTo).toEqual([]);
    expect(account.audit.at(-1)).toMatchObject({ method: 'POST', path: '/firewalls' });
  });
});

describe('the production adapter over it', () => {
  it('has one client for each endpoint and token of a process, and picks up a new token', async () => {
    const { world, account, run } = setUp();
    const { gate, clock } = world.start();
    let token = 'good';
    const endpoints: string[] = [];
    const clouds = simClouds(
      gate,
      (endpoint) => {
        endpoints.push(endpoint);
        return account;
      },
      { clock, random: world.core.random, log: memoryLog(), tokenOf: async () => token },
    );
    const provider = { endpoint: 'https://api.hetzner.cloud/v1' } as DesiredCloudProvider;
    const first = await clouds(provider);
    expect(await clouds(provider)).toBe(first);
    cloudPeople(account, 'alice').rotateToken('fresh');
    await expect(run(first.check())).rejects.toMatchObject({ code: errors.tokenRefused });
    token = 'fresh';
    await run((await clouds(provider)).check());
    expect(endpoints).toEqual([provider.endpoint, provider.endpoint]);
  });

  it('makes one server when two controllers want it at the same time', async () => {
    const { world, account, run } = setUp();
    const both = [world.start('one').cloud, world.start('other').cloud].map((cloud) =>
      cloud.createServer(webServer),
    );
    const [one, other] = await run(Promise.all(both));
    expect(one?.server.id).toBe(other?.server.id);
    expect(account.servers.size).toBe(1);
  });

  it('ends with the reason of its signal at any time, and has one server in the end', async () => {
    for (let atMs = 0; atMs < 400; atMs += 20) {
      const { world, account, script, run } = setUp(atMs);
      script.next('hetzner.POST /servers', 'lost-reply');
      const stop = new AbortController();
      const { cloud } = world.start();
      const create = cloud.createServer(webServer, stop.signal);
      world.core.timeline.in(atMs, 'stop', () => stop.abort('enough'));
      await expect(run(create), `stopped after ${atMs} ms`).rejects.toBe('enough');
      const id = await run(provideServer(cloud));
      expect([...account.servers.keys()]).toEqual([id]);
    }
  });

  it.each(['conflict', 'locked', 'lost-reply', 'bad-gateway-after', 'gateway-timeout-after'])(
    'gets over %s when it deletes a server, also twice in a row',
    async (fault) => {
      const { world, account, script, run } = setUp();
      const { cloud } = world.start();
      await run(provideServer(cloud));
      script.next('hetzner.DELETE /servers/{id}', fault);
      script.next('hetzner.DELETE /servers/{id}', fault);
      account.actions.foretell('delete_server', { ms: 3_000 });
      await run(removeServerOf(cloud));
      await pass(world, 10_000);
      expect(account.servers.size).toBe(0);
    },
  );

  it('shows a type as sold out in its location, for the time that it is', async () => {
    const { world, account, run } = setUp();
    const { cloud } = world.start();
    account.sellOut('cx23', 'fsn1', 1_000);
    await pass(world, 2_000);
    account.sellOut('cx23', '*', 60_000);
    await expect(run(cloud.createServer(webServer))).rejects.toMatchObject({
      code: errors.serverUnavailable,
    });
    await pass(world, 60_000);
    expect((await run(cloud.createServer(webServer))).server.name).toBe(webServer.name);
  });

  it('slows down before others have used up the request budget, without delaying deletions', async () => {
    const log = memoryLog();
    const { world, account, run } = setUp(1, log);
    const { cloud } = world.start();
    account.bucket.drain(world.core.timeline.nowMs, 100);
    await run(cloud.check());
    const startedMs = world.core.timeline.nowMs;
    for (let i = 0; i < 90; i++) await run(cloud.check());
    expect(world.core.timeline.nowMs - startedMs).toBeGreaterThan(20_000);
    const deletedMs = world.core.timeline.nowMs;
    await run(cloud.deleteServer(4711));
    expect(world.core.timeline.nowMs - deletedMs).toBeLessThan(1_000);
    expect(log.lines.filter(({ message }) => message === 'Provider request failed')).toMatchObject([
      { fields: { outcome: { status: 404 } } },
    ]);
  });

  it('waits for the budget after a 429, and reports it when the wait is too long', async () => {
    const { world, account, script, run } = setUp();
    script.next('hetzner.GET /locations', 'rate-limited');
    await run(world.start().cloud.check());
    const slow = setUp(1, memoryLog(), { limit: 18, refillPerSecond: 0.005 });
    slow.account.bucket.drain(0, 0);
    await expect(slow.run(slow.world.start().cloud.check())).rejects.toMatchObject({
      code: errors.rateLimited,
      retry: { kind: 'after' },
    });
    expect(account.audit).toEqual([]);
  });

  it.each<ActionCommand>(['create_server', 'start_server'])(
    'says that %s hangs, and finds the server running once it does not',
    async (command) => {
      const { world, account, run } = setUp();
      account.actions.foretell(command, { fate: 'hangs' });
      const { cloud } = world.start();
      const first = provideServer(cloud);
      await expect(run(first)).rejects.toMatchObject({ code: errors.providerActionTimedOut });
      await pass(world, 3_600_000);
      expect(account.servers.get(await run(provideServer(cloud)))?.status).toBe('running');
      expect(account.servers.size).toBe(1);
    },
  );
});

function setUp(seed = 1, log = memoryLog(), bucket = { limit: 3600, refillPerSecond: 1 }) {
  const script: ScriptedFaults = scriptedFaults();
  const world = cloudWorld({ seed, source: script.source, log, account: { bucket } });
  const run = <T>(work: Promise<T>) => drive(world.core.timeline, work);
  return { world, account: world.account, script, run };
}

function pass({ core: { timeline } }: CloudWorld, ms: number): Promise<void> {
  return timeline.run(
    timeline.nowMs + ms,
    () => false,
    () => undefined,
  );
}
