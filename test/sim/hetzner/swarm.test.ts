import { describe, expect, it } from 'vitest';
import { drive } from '../core/drive.ts';
import { type CrashPoint, randomFaults, simRandom } from '../core/index.ts';
import { type CloudWorld, cloudWorld } from './cloud-world.ts';
import { provideServer, removeServerOf, tolerant, webServer } from './node-life.ts';
import { cloudPeople } from './people.ts';

const seeds = [
  ...Array.from({ length: 60 }, (_, i) => i + 1),
  // Lists still showed a deleted server, and it was adopted.
  577,
  1368,
  // A wait of a fraction of a millisecond did not advance virtual time.
  1748,
];

describe('the production adapter over a provider with faults', () => {
  it.each(seeds)(
    'comes to one running server once that ends, and touches nobody else’s (seed %i)',
    async (seed) => {
      const world = faultyWorld(seed);
      const { account } = world;
      const person = cloudPeople(account, 'mallory');
      const foreign = person.createServer('somebody-elses');
      await drive(world.core.timeline, someLives(world));
      world.core.faults.end();
      await pass(world, 2 * 3_600_000);
      const id = await drive(world.core.timeline, provideServer(world.start('later').cloud));
      await pass(world, 3_600_000);
      expect([...account.servers.values()].filter((server) => server.name === webServer.name)).toMatchObject([
        { id, status: 'running' },
      ]);
      expect(account.servers.get(foreign?.id ?? 0)?.status).toBe('running');
      const addresses = [...account.servers.values()].map(({ ipv4, status }) => ({ ipv4, status }));
      expect(addresses.map(({ ipv4 }) => ipv4)).toEqual(expect.arrayContaining([...world.machines.keys()]));
      expect([...world.machines.keys()]).toEqual(
        expect.arrayContaining(
          addresses.filter(({ status }) => status === 'running').map(({ ipv4 }) => ipv4),
        ),
      );
      expect(account.audit.filter(({ by, name }) => by !== 'mallory' && name === 'somebody-elses')).toEqual(
        [],
      );
      expect(account.firewalls.size).toBe(1);
      expect(account.keys.size).toBe(1);
    },
  );

  it('is deterministic for a seed, and differs between seeds', async () => {
    const digestOf = async (seed: number) => {
      const world = faultyWorld(seed);
      await drive(world.core.timeline, someLives(world));
      return world.core.trace.digest();
    };
    expect(await digestOf(7)).toBe(await digestOf(7));
    expect(await digestOf(7)).not.toBe(await digestOf(8));
  });

  it('ends with one server at any kill point of its process', async () => {
    const points: CrashPoint[] = [];
    await oneKill((point) => {
      points.push(point);
      return false;
    });
    expect(points.length).toBeGreaterThan(20);
    for (const at of points) {
      const world = await oneKill(
        (point) => point.site === at.site && point.nth === at.nth && point.when === at.when,
      );
      expect([...world.account.servers.values()], `killed ${at.when} ${at.site}#${at.nth}`).toMatchObject([
        { status: 'running', name: webServer.name },
      ]);
      expect(world.machines.size).toBe(1);
    }
  });
});

function faultyWorld(seed: number): CloudWorld {
  return cloudWorld({ seed, source: randomFaults(simRandom(seed), 0.5) });
}

/** Several servers of one node in sequence. */
async function someLives(world: CloudWorld): Promise<void> {
  const { cloud } = world.start('daemon');
  for (let life = 0; life < 4; life++) {
    const id = await tolerant(
      cloud.createServer(webServer).then(async ({ server, actions }) => {
        expect(world.account.servers.has(server.id), 'what it hands over exists').toBe(true);
        await cloud.waitForActions(actions, { timeoutMs: 600_000 });
        return server.id;
      }),
    );
    if (id !== null) await tolerant(provideServer(cloud));
    await tolerant(removeServerOf(cloud));
  }
}

async function oneKill(kill: (point: CrashPoint) => boolean): Promise<CloudWorld> {
  let isFirst = true;
  const world = cloudWorld({ kill: (point) => isFirst && kill(point) });
  const first = tolerant(provideServer(world.start('first').cloud));
  await pass(world, 120_000);
  isFirst = false;
  await drive(world.core.timeline, provideServer(world.start('second').cloud));
  // The first one has either ended, or waits forever.
  await Promise.race([first, null]);
  return world;
}

function pass({ core: { timeline } }: CloudWorld, ms: number): Promise<void> {
  return timeline.run(
    timeline.nowMs + ms,
    () => false,
    () => undefined,
  );
}
