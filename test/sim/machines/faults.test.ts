import { describe, expect, it } from 'vitest';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import type { AnsibleRequest } from '../../../src/ports/ansible.ts';
import { simulatedMachine } from '../../contract/machine/simulated-machine.ts';
import { convergeRequest, described, provisionRequest } from '../../contract/node-content/requests.ts';
import { artifact } from '../../support/fleet-builders.ts';
import type { CrashPoint } from '../core/index.ts';
import { crashPoints, createGate, randomFaults, SimProcess, simRandom, theseFaults } from '../core/index.ts';
import { ansibleFaults, simAnsible, simMachineShell, sshFaults } from './index.ts';

const artifacts = {
  wordpress: { version: '7.1.1', ...artifact('wordpress-7.1.1.tar.gz') },
  wpCli: { version: '2.12.0', ...artifact('wp-cli-2.12.0.phar') },
};

async function provisioned(options: Parameters<typeof simulatedMachine>[0] = {}) {
  const world = simulatedMachine(options);
  const place = { address: world.address, ...artifacts };
  const environments = ['acme', 'shop', 'blog'].map((name) => described(place, name));
  const converge = convergeRequest(place, environments);
  const outcome = await world.settle(world.ansible.run(provisionRequest(place)));
  expect(outcome.failure).toBeNull();
  return { ...world, place, environments, converge };
}

type World = Awaited<ReturnType<typeof provisioned>>;

/** The outcome: the code of an error, else the number of converged environments. */
async function ending(
  { settle }: World,
  work: Promise<{ environments: ReadonlyMap<string, { status: string }>; failure: unknown }>,
) {
  return settle(work).then(
    ({ environments, failure }) =>
      failure === null
        ? [...environments.values()].filter(({ status }) => status !== 'failed').length
        : 'failed task',
    (error: { code: string }) => error.code,
  );
}

async function expectRecovered(world: World): Promise<void> {
  // Work that still runs on the node ends first.
  await world.pause(3_600_000);
  expect(await ending(world, world.ansible.run(world.converge))).toBe(3);
  const again = await world.settle(world.ansible.run(world.converge));
  expect(again.stats).toMatchObject({ changed: 0, failed: 0 });
  expect([...world.machines.audit.open]).toEqual([]);
  expect([...world.machines.runs]).toEqual([]);
}

const endings: Readonly<Record<string, readonly unknown[]>> = {
  unreachable: [errors.nodeUnreachable],
  'unreachable-midway': [errors.nodeUnreachable],
  hang: [errors.processTimedOut],
  death: [errors.playbookCrashed],
  'failed-task': ['failed task'],
  'failed-environment': [2, 3],
  'silent-environment': [2, 3],
  'output-cut': [errors.playbookCrashed],
  garbled: [errors.playbookCrashed, 0, 1, 2, 3],
  slow: [3],
  'key-refused': [errors.nodeRefusedKey],
  'host-key': [errors.nodeHostKeyMismatch],
};

describe.each(ansibleFaults('environment-converge'))('a run with the fault %s', (kind) => {
  it.each([1, 2, 3, 4, 5])(
    'ends like a real one, and a later run completes the work (seed %i)',
    async (seed) => {
      const world = await provisioned({ seed, faults: theseFaults([{ site: 'ansible.run', nth: 1, kind }]) });
      expect(endings[kind]).toContainEqual(await ending(world, world.ansible.run(world.converge)));
      await expectRecovered(world);
    },
  );
});

describe('a controller that is killed', () => {
  const request = async (killed: CrashPoint | null) => {
    const world = await provisioned();
    const { core, machines, settle, converge } = world;
    const reached: CrashPoint[] = [];
    const points = crashPoints({
      kill: (point) =>
        killed !== null &&
        point.site === killed.site &&
        point.nth === killed.nth &&
        point.when === killed.when,
      onPoint: (point) => void reached.push(point),
    });
    const process = new SimProcess('killed', core.timeline.nowMs);
    const first = simAnsible(createGate({ ...core, points }, process), machines);
    void first.run(converge);
    await settle(core.timeline.sleep(killed === null ? 600_000 : 20_000));
    return { world, process, reached };
  };

  it('at any event leaves a run that continues or ends, and the next one completes the work', async () => {
    const { reached, process: alive } = await request(null);
    expect(alive.alive).toBe(true);
    expect(reached.filter(({ site }) => site === 'ansible.event').length).toBe(2 * 7);
    for (const point of reached) {
      const { world, process } = await request(point);
      expect(process.alive).toBe(false);
      const next = world.process('next');
      expect(await ending(world, next.ansible.run(world.converge))).toBe(3);
      await expectRecovered(world);
      expectNoOverlap(world);
    }
  });
});

function expectNoOverlap({ machines }: World): void {
  const holds = machines.audit.intervals.filter(({ kind }) => kind === 'holds');
  const ordered = holds.toSorted((one, other) => one.fromMs - other.fromMs);
  for (const [index, next] of ordered.slice(1).entries()) {
    expect(next.fromMs).toBeGreaterThanOrEqual(ordered[index]?.toMs ?? Number.POSITIVE_INFINITY);
  }
}

it('gives up after two minutes when the node stays locked, and says so', async () => {
  const world = await provisioned({ faults: theseFaults([{ site: 'ansible.run', nth: 1, kind: 'hang' }]) });
  const { ansible, converge, settle, core, process } = world;
  const hanging = ansible.run(converge);
  hanging.catch(() => undefined);
  await world.pause(60_000);
  const startedMs = core.timeline.nowMs;
  const outcome = await settle(process('other').ansible.run(converge));
  expect(outcome.failure).toMatchObject({ message: 'another run is still at work on this node' });
  expect(core.timeline.nowMs - startedMs).toBeGreaterThan(120_000);
  const wants = world.machines.audit.intervals.filter(({ kind, by }) => kind === 'wants' && by === 'other');
  expect(wants).toHaveLength(1);
  await expect(settle(hanging)).rejects.toMatchObject({ code: errors.processTimedOut });
  await expectRecovered(world);
});

it('leaves partial work at a power failure, and the next run completes it', async () => {
  for (const afterMs of [500, 1000, 2000, 4000, 8000, 12_000]) {
    const world = await provisioned();
    const { ansible, converge, machines, address, pause } = world;
    const work = ending(world, ansible.run(converge));
    await pause(afterMs);
    machines.powerOff(address.host);
    expect(await work).toBe(errors.nodeUnreachable);
    machines.powerOn(address.host);
    await expectRecovered(world);
  }
});

it('waits for a network that recovers within the keep-alive limit of SSH, and not longer', async () => {
  for (const [cutMs, ended] of [
    [30_000, 3],
    [60_000, errors.nodeUnreachable],
  ] as const) {
    const world = await provisioned();
    const work = ending(world, world.ansible.run(world.converge));
    await world.pause(1500);
    world.machines.cutNetwork(world.address.host);
    void world.core.timeline.sleep(cutMs).then(() => world.machines.healNetwork(world.address.host));
    expect(await work).toBe(ended);
    await expectRecovered(world);
  }
});

it('fails every task while the disk is full, and loses nothing', async () => {
  const world = await provisioned();
  expect(await ending(world, world.ansible.run(world.converge))).toBe(3);
  world.machines.setDiskFull(world.address.host, true);
  expect(await ending(world, world.ansible.run(world.converge))).toBe('failed task');
  world.machines.setDiskFull(world.address.host, false);
  await expectRecovered(world);
});

it.each(sshFaults)(
  'a command with the fault %s ends in an error, or in an answer that is refused',
  async (kind) => {
    const world = simulatedMachine({ faults: theseFaults([{ site: 'machines.run', nth: 0, kind }]) });
    const { shell, address, settle } = world;
    const argv = ['sudo', '-n', 'python3', '-'];
    const end = await settle(shell.run(address, argv, { timeoutMs: 30_000 })).then(
      ({ exitCode, stdout }) => (exitCode === 0 ? (isJson(stdout) ? 'answer' : 'garbage') : 'exit code'),
      (error: { code: string }) => error.code,
    );
    const expected: Readonly<Record<string, string>> = {
      unreachable: errors.nodeUnreachable,
      timeout: errors.processTimedOut,
      slow: 'answer',
      truncated: 'garbage',
      garbage: 'garbage',
      'exit-code': 'exit code',
      'key-refused': errors.nodeRefusedKey,
      'host-key': errors.nodeHostKeyMismatch,
    };
    expect(end).toBe(expected[kind]);
  },
);

it('is deterministic for a seed, and differs between seeds', async () => {
  const digest = async (seed: number) => {
    const faults = randomFaults(simRandom(seed).fork('faults'), 0.6);
    const world = simulatedMachine({ seed, faults });
    const place = { address: world.address, ...artifacts };
    const requests: readonly AnsibleRequest[] = [
      provisionRequest(place),
      convergeRequest(place, [described(place, 'acme'), described(place, 'shop')]),
    ];
    for (const request of [...requests, ...requests])
      await world.settle(world.ansible.run(request)).catch(() => null);
    return world.core.trace.digest();
  };
  expect(await digest(7)).toBe(await digest(7));
  expect(await digest(7)).not.toBe(await digest(8));
});

it('reports when a booting server accepts logins, with the key of its user data', async () => {
  const { core, machines, settle, process } = simulatedMachine();
  const { gate } = process('daemon');
  const shell = simMachineShell(gate, machines);
  const [hostKey, { publicKey }] = await settle(Promise.all([shell.generateHostKey(), shell.identity()]));
  const userData = `#cloud-config\n${JSON.stringify({
    ssh_keys: { ed25519_private: hostKey.privateKey, ed25519_public: hostKey.publicKey },
    users: [{ name: 'pressluft', sudo: 'ALL=(ALL) NOPASSWD:ALL', ssh_authorized_keys: [publicKey] }],
  })}`;
  machines.boot({ ipv4: '192.0.2.8', hostname: 'web-2', userData });
  const address = { host: '192.0.2.8', port: 22, user: 'pressluft', hostKeys: [hostKey.publicKey] };
  await settle(shell.waitUntilReachable(address, { timeoutMs: 300_000 }));
  expect(core.timeline.nowMs).toBeGreaterThan(3000);
  const waited = await settle(shell.run(address, ['cloud-init', 'status', '--wait'], { timeoutMs: 300_000 }));
  expect(waited.exitCode).toBe(0);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
