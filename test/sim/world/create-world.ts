import { createSecrets } from '../../../src/adapters/secrets/create-secrets.ts';
import { fleetLabel } from '../../../src/fleet/naming.ts';
import type { SecretRef } from '../../../src/fleet/secret-ref.ts';
import { tokenUse } from '../../../src/main/endpoint.ts';
import type { Ansible } from '../../../src/ports/ansible.ts';
import type { Deps } from '../../../src/ports/index.ts';
import type { JudgedUse } from '../../../src/ports/secrets.ts';
import { memorySignatures } from '../../support/memory-signatures.ts';
import { simLog } from '../controller/sim-log.ts';
import { simStore } from '../controller/sim-store.ts';
import { createController } from '../controller/supervisor.ts';
import {
  createGate,
  type Gate,
  HostClock,
  type SimProcess,
  simClock,
  type WorldCore,
} from '../core/index.ts';
import { SimClone, SimRemote, simGit } from '../git/index.ts';
import { addressPool, cloudPeople, SimHetzner, simClouds } from '../hetzner/index.ts';
import { SimMachines, simAnsible, simMachineShell } from '../machines/index.ts';
import { secretHash, staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { createDisk } from './disk.ts';
import { foreignSlot } from './foreigners.ts';
import { type Host, type Said, token, type World } from './world.ts';

export interface WorldOptions {
  /** Wraps the ports of each life, e.g. to record their callers. */
  readonly wrap?: (deps: Deps) => Deps;
  /** The remote is a path on the controllers' host, which they watch. */
  readonly localRemote?: boolean;
  /** Controllers; more than one are copies of each other with state directories of their own. */
  readonly controllers?: number;
}

/** A new world: an empty repository, an account with a foreign server, a static host, and no daemon yet. */
export function createWorld(
  core: WorldCore,
  { wrap = (deps) => deps, controllers = 1, localRemote = false }: WorldOptions = {},
): World {
  const { timeline, random, trace } = core;
  const machines = new SimMachines(core);
  machines.quotes = token;
  const account = new SimHetzner({
    timeline,
    random: random.fork('hetzner'),
    machines: {
      boot: (order) => {
        if (machines.machines.has(order.ipv4)) machines.powerOn(order.ipv4);
        else machines.boot(order);
      },
      powerOff: (ipv4) => machines.powerOff(ipv4),
      destroy: (ipv4) => machines.destroy(ipv4),
      resize: (ipv4, cores, memoryMib) => machines.resize(ipv4, cores, memoryMib),
    },
    tokens: { [token]: 'read-write' },
    addresses: addressPool(),
  });
  const remote = new SimRemote({ timeline, random });
  const hosts: Host[] = [];
  const said: Said[] = [];
  const world: World = {
    core,
    timeline,
    random,
    trace,
    remote,
    account,
    machines,
    hosts,
    meant: new Map(),
    lives: new Map(),
    canaries: [token, secretHash.slice(8), 'PRIVATE KEY'],
    logged: [],
    said,
    outsideChanges: [],
    images: new Map(),
    contentVersion: 'content-1',
    phase: 'safety',
  };
  for (let nth = 0; nth < controllers; nth++)
    hosts.push(createHost(world, nth === 0 ? 'main' : `copy${nth}`, wrap, localRemote));
  settleForeigners(world);
  return world;
}

function createHost(world: World, name: string, wrap: (deps: Deps) => Deps, localRemote: boolean): Host {
  const { timeline, random, trace, said } = world;
  const clock = new HostClock();
  const disk = createDisk(new SimClone(world.remote), clock);
  const lifeOf = (process: SimProcess) => {
    const life = world.lives.get(process.name);
    if (life === undefined) throw new Error(`${process.name} is not known`);
    return life;
  };
  const host: Host = {
    disk,
    controller: createController({
      name,
      timeline,
      random,
      trace,
      depsOf: (process) => wrap(depsOf(world, host, createGate(world.core, process), localRemote)),
      events: {
        started: (process) => {
          const nothing = {
            acting: null,
            plan: null,
            passes: 0,
            beganMs: 0,
            reportBeganMs: -1,
            lastReport: null,
          };
          const life = { process, host, ...nothing };
          world.lives.set(process.name, life);
        },
        progress: (process, event) => {
          const life = lifeOf(process);
          if (event.kind === 'pass-started') life.beganMs = timeline.nowMs;
          if (event.kind === 'planned') life.plan = event.plan;
          if (event.kind === 'phase') life.acting = event.phase === 'act' ? event.commit : null;
          const retry = event.kind === 'action-started' ? disk.store.retries.get(event.resource) : undefined;
          said.push({ kind: 'progress', life, event, retry });
        },
        pass: (process, report) => {
          const life = lifeOf(process);
          life.passes += 1;
          life.lastReport = report;
          life.reportBeganMs = life.beganMs;
          said.push({ kind: 'pass', life, report });
        },
        ended: (process, error) => void said.push({ kind: 'ended', life: lifeOf(process), error }),
      },
    }),
  };
  return host;
}

/** The ports of one life: production code unless it needs the real world. */
function depsOf(world: World, { disk }: Host, gate: Gate, local: boolean): Deps {
  const { core, remote, account, machines } = world;
  const clock = simClock(core, gate.process, disk.clock);
  const random = world.random.fork(`random of ${gate.process.name}`);
  const secrets = createSecrets({ env: { HCLOUD_TOKEN: token }, secretsDir: '/nonexistent' });
  const log = simLog(gate.process, core.trace, secrets.redact, {
    line: (text) => void world.logged.push(text),
  });
  const resolve = (ref: SecretRef, use: JudgedUse) =>
    gate.call('secrets.resolve', { latencyMs: [0, 0], effect: () => secrets.resolve(ref, use) });
  return {
    clock,
    random,
    log,
    git: simGit(gate, remote, disk.clone, { branch: 'main', local, log }),
    store: simStore(gate, disk.store),
    secrets: { resolve, own: secrets.own, redact: secrets.redact },
    signatures: {
      verify: (signed, allowed, at) =>
        gate.call('signatures.verify', {
          latencyMs: [0, 0],
          effect: () => memorySignatures().verify(signed, allowed, at),
        }),
    },
    cloud: simClouds(gate, () => account, {
      clock,
      random,
      log,
      tokenOf: (provider) => resolve(provider.token, tokenUse(provider, { providerEndpoints: new Map() })),
    }),
    machines: simMachineShell(gate, machines, { controller: sharedIdentity }),
    ansible: localReads(
      gate,
      simAnsible(gate, machines, {
        controller: sharedIdentity,
        stateDir: disk,
        contentVersion: world.contentVersion,
      }),
    ),
  };
}

/** Reading the installed content is an ordinary call: a process can be killed in it. */
function localReads(gate: Gate, ansible: Ansible): Ansible {
  const read = <T>(site: string, effect: () => Promise<T>) => gate.call(site, { latencyMs: [0, 0], effect });
  return {
    ...ansible,
    contentVersion: () => read('ansible.contentVersion', () => ansible.contentVersion()),
    probeScript: () => read('ansible.probeScript', () => ansible.probeScript()),
  };
}

/** A copy of a controller is made from a backup of its state directory: it logs in with the same key. */
const sharedIdentity = 'main';

/** Foreign resources that must not be changed: a server in the account, and a site on the static host. */
function settleForeigners(world: World): void {
  const person = cloudPeople(world.account, 'neighbour');
  person.createServer('their-server', { [fleetLabel]: 'theirs', team: 'others' });
  person.createServer(`${fleetName}-lookalike`, {});
  const hostKey = world.machines.freshKey('host').publicKey;
  world.machines.addStatic({
    ipv4: staticNode.address,
    hostname: staticNode.name,
    hostKey,
    user: 'root',
    authorizedKeys: [world.machines.identity(sharedIdentity).publicKey],
  });
  foreignSlot(world.machines.get(staticNode.address));
}
