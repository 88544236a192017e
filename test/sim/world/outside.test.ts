import { expect, test } from 'vitest';
import type { EnvironmentName, NodeName } from '../../../src/fleet/brand.ts';
import { ownerLabels, serverName, uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import { crashPoints, createTrace, faultLog, noFaults, simRandom, Timeline } from '../core/index.ts';
import { cloudPeople } from '../hetzner/index.ts';
import { emptySlot } from '../machines/machine.ts';
import { probe } from '../machines/probe.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { atTheConsole, type ConsoleOperation, consoleOperations } from './console.ts';
import { createWorld } from './create-world.ts';
import { onTheSite, type SiteOperation, siteOperations } from './site-owner.ts';
import { takeAllBack } from './take-back.ts';
import { machineOf, serversOf } from './where.ts';
import type { World } from './world.ts';

const dice = (seed = 1) => simRandom(seed);

/** A server of ours that runs, with a site in service. */
async function running(): Promise<World> {
  const random = simRandom(1);
  const timeline = new Timeline(random.fork('timeline'));
  const faults = faultLog(noFaults);
  const world = createWorld({
    timeline,
    random,
    faults,
    points: crashPoints({ kill: () => false }),
    trace: createTrace(),
  });
  const ref = resourceRef('Node', 'web-1' as NodeName);
  const labels = ownerLabels(fleetName, ref, uidOf(fleetName, ref));
  cloudPeople(world.account, 'main.1').createServer(serverName(fleetName, 'web-1' as NodeName), labels);
  await timeline.run(
    120_000,
    () => false,
    () => undefined,
  );
  const machine = machineOf(world, 'web-1');
  const uid = uidOf(fleetName, resourceRef('Environment', 'shop-a' as EnvironmentName));
  machine?.slots.set('shop-a', {
    ...emptySlot('shop-a'),
    claim: uid,
    directories: true,
    uploads: 'uploads-1',
    live: 'release',
    releases: new Map([['release', { id: 'release', wordpress: '7.0', plugins: {}, themes: {} }]]),
    database: true,
    databaseUser: 'current',
    installation: {
      dataId: 'data-1',
      desired: '',
      siteUrl: '',
      core: '7.0',
      activePlugins: ['site-kit'],
      theme: 'shopfront',
      title: 'Shop',
      adminEmail: 'owner@shop.example',
      locale: 'en_US',
      page: 'ok',
      posts: 3,
    },
    record: { v: 1, name: 'shop-a', uid, digest: '', spec: { database_user: 'pl_shop_a' } },
  });
  machine?.services.set('mariadb', 'active');
  return world;
}

function stateOf(world: World): unknown {
  const [server] = serversOf(world, 'web-1');
  const slot = machineOf(world, 'web-1')?.slots.get('shop-a');
  return {
    name: server?.name,
    labels: server?.labels,
    type: server?.serverType,
    isProtected: server?.protected,
    machine: machineOf(world, 'web-1')?.machineId,
    installation: slot?.installation,
    uploads: slot?.uploads,
    live: slot?.live,
  };
}

test.each(Object.keys(consoleOperations) as ConsoleOperation[])(
  '%s at the console is taken back completely',
  async (kind) => {
    const world = await running();
    const before = stateOf(world);
    expect(atTheConsole(world, kind, dice(3))).toContain('sim-web-1');
    if (world.outsideChanges.length > 0) expect(stateOf(world)).not.toEqual(before);
    takeAllBack(world);
    expect(world.outsideChanges).toEqual([]);
    expect(stateOf(world)).toEqual(before);
  },
);

test('a rebuilt server has an empty disk at the same address, and its snapshot brings everything back', async () => {
  const world = await running();
  const [before] = serversOf(world, 'web-1');
  atTheConsole(world, 'rebuild-server', dice(3));
  expect(machineOf(world, 'web-1')?.slots.size).toBe(0);
  expect(serversOf(world, 'web-1')[0]?.ipv4).toBe(before?.ipv4);
  takeAllBack(world);
  expect(machineOf(world, 'web-1')?.slots.get('shop-a')?.installation?.posts).toBe(3);
});

test('a firewall can be detached, opened or deleted', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed < 12; seed++) {
    const world = await running();
    const [server] = serversOf(world, 'web-1');
    const person = cloudPeople(world.account, 'main.1');
    const ssh = { direction: 'in', protocol: 'tcp', port: '22', source_ips: ['0.0.0.0/0'] };
    const apply_to = [{ type: 'server', server: { id: server?.id } }];
    person.send('POST', '/firewalls', { name: 'sim-cloud', rules: [ssh], apply_to });
    await world.timeline.run(
      world.timeline.nowMs + 60_000,
      () => false,
      () => undefined,
    );
    atTheConsole(world, 'change-firewall', dice(seed));
    const [firewall] = [...world.account.firewalls.values()];
    seen.add(
      firewall === undefined ? 'deleted' : `${firewall.rules.length} rules, on ${firewall.appliedTo.length}`,
    );
  }
  expect([...seen].sort()).toEqual(['1 rules, on 0', '2 rules, on 1', 'deleted']);
});

test.each(Object.keys(siteOperations) as SiteOperation[])('%s is what the probe reports', async (kind) => {
  const world = await running();
  const said = () => {
    const machine = machineOf(world, 'web-1');
    return machine === null ? '' : probe({ ...machine, upAtMs: 0 }, 0, null);
  };
  const before = said();
  expect(onTheSite(world, kind, dice(4))).toBe(`${kind} of shop-a on web-1`);
  // Posts are data, which no probe reads; a front page is rendered only where nginx runs.
  if (!['write-post', 'break-front-page'].includes(kind)) expect(said()).not.toBe(before);
  expect(world.machines.audit.mutations.at(-1)).toMatchObject({ by: 'people', environment: 'shop-a' });
});
