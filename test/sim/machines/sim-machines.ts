import { sha256Hex } from '../../../src/fleet/digest.ts';
import { bareKey } from '../../../src/fleet/naming.ts';
import type { SimRandom, WorldCore } from '../core/index.ts';
import { HostClock } from '../core/sim-clock.ts';
import { type Audit, createAudit } from './audit.ts';
import { type KeyPair, keyPair } from './keys.ts';
import { phpConfig, siteFile } from './layout.ts';
import type { SimMachine, Slot } from './machine.ts';
import type { PlayRun } from './play-run.ts';
import { firstBoot } from './user-data.ts';

export interface BootRequest {
  readonly ipv4: string;
  readonly hostname: string;
  readonly userData: string;
  /** Of root, who must not log in. */
  readonly authorizedKeys?: readonly string[];
  readonly cores?: number;
  readonly memoryMib?: number;
}

export interface StaticHost {
  readonly ipv4: string;
  readonly hostname: string;
  /** `type base64`, with or without a comment. */
  readonly hostKey: string;
  readonly user: string;
  readonly authorizedKeys: readonly string[];
  readonly port?: number;
}

/**
 * All machines of the world, by address. They outlive the processes that work on them; changes are immediate, at the
 * virtual time of the call.
 */
export class SimMachines {
  readonly core: WorldCore;
  readonly audit: Audit = createAudit();
  readonly random: SimRandom;
  /** The clock of nodes. */
  readonly clock = new HostClock();
  /** Text that nodes quote in failure messages, e.g. a secret that was passed to a program. */
  quotes = '';
  /** Running Ansible processes, including those of dead controllers. */
  readonly runs = new Set<PlayRun>();
  /** Error of downloads, e.g. `download_failed`; null while mirrors work. */
  artifactProblem: (
    url: string,
    sha256: string,
  ) => { readonly code: string; readonly message: string } | null = () => null;
  readonly #byAddress = new Map<string, SimMachine>();
  readonly #watchers = new Set<() => void>();
  readonly #lockWatchers = new Set<() => void>();
  readonly #identities = new Map<string, KeyPair>();
  #keys = 0;
  #runs = 0;
  #data = 0;

  constructor(core: WorldCore) {
    this.core = core;
    this.random = core.random.fork('machines');
  }

  get machines(): ReadonlyMap<string, SimMachine> {
    return this.#byAddress;
  }

  get nowMs(): number {
    return this.core.timeline.nowMs;
  }

  get(ipv4: string): SimMachine {
    const machine = this.#byAddress.get(ipv4);
    if (machine === undefined) throw new Error(`there is no machine ${ipv4}`);
    return machine;
  }

  /** A new server, switched on: SSH within half a minute, users and keys shortly after. An address belongs to one machine at a time. */
  boot(request: BootRequest): SimMachine {
    const { hostKey, users } = firstBoot(request.userData);
    const upAtMs = this.nowMs + this.random.between(4_000, 25_000);
    const loginAtMs = upAtMs + this.random.between(0, 5_000);
    const machine = this.#add({
      ...request,
      port: 22,
      hostKey: hostKey ?? bareKey(this.freshKey('root').publicKey),
      upAtMs,
      loginAtMs,
      cloudInit: { doneAtMs: loginAtMs + this.random.between(1_000, 20_000), exitCode: 0 },
    });
    for (const { name, keys, sudo } of users) machine.users.set(name, { keys: new Set(keys), sudo });
    return machine;
  }

  /** An existing host: no cloud-init, already running. */
  addStatic(host: StaticHost): SimMachine {
    const machine = this.#add({
      ...host,
      port: host.port ?? 22,
      hostKey: bareKey(host.hostKey),
      upAtMs: this.nowMs,
      loginAtMs: this.nowMs,
      cloudInit: null,
    });
    machine.users.set(host.user, { keys: new Set(host.authorizedKeys.map(bareKey)), sudo: true });
    return machine;
  }

  destroy(ipv4: string): void {
    const machine = this.get(ipv4);
    machine.destroyed = true;
    machine.power = 'off';
    machine.boots += 1;
    this.#nothingWorks(ipv4);
    this.#byAddress.delete(ipv4);
    this.#changed();
  }

  powerOff(ipv4: string): void {
    const machine = this.get(ipv4);
    if (machine.power === 'off') return;
    machine.power = 'off';
    machine.boots += 1;
    machine.lock = null;
    this.#nothingWorks(ipv4);
    this.#changed();
  }

  /** Boots again after some seconds, with its disk content and all enabled services started. */
  powerOn(ipv4: string): void {
    const machine = this.get(ipv4);
    if (machine.power === 'on') return;
    machine.power = 'on';
    machine.upAtMs = this.nowMs + this.random.between(2_000, 15_000);
    startServices(machine);
    this.#changed();
  }

  resize(ipv4: string, cores: number, memoryMib: number): void {
    Object.assign(this.get(ipv4), { cores, memoryMib });
  }

  reboot(ipv4: string): void {
    this.powerOff(ipv4);
    this.powerOn(ipv4);
  }

  cutNetwork(ipv4: string): void {
    this.get(ipv4).networkCut = true;
    this.#changed();
  }

  healNetwork(ipv4: string): void {
    this.get(ipv4).networkCut = false;
    this.#changed();
  }

  setDiskFull(ipv4: string, full: boolean): void {
    this.get(ipv4).diskFull = full;
  }

  /** A person stops a service, or it dies. */
  stopService(ipv4: string, unit: string, state: 'inactive' | 'failed' = 'failed'): void {
    this.get(ipv4).services.set(unit, state);
    this.#byPeople(ipv4, null, `stopped ${unit}`);
  }

  /** A person writes into a managed file, or deletes it (null). */
  editFile(ipv4: string, environment: string, path: string, sha256: string | null): void {
    const slot = this.get(ipv4).slots.get(environment);
    if (slot === undefined) throw new Error(`there is no ${environment} on ${ipv4}`);
    if (sha256 === null) slot.files.delete(path);
    else slot.files.set(path, sha256);
    this.#byPeople(ipv4, environment, `edited ${path}`);
  }

  /** Makes one of the node's checks fail with a message, e.g. `apt_locked`; null ends it. */
  setCheck(ipv4: string, code: string, message: string | null): void {
    const { notReady } = this.get(ipv4);
    if (message === null) notReady.delete(code);
    else notReady.set(code, message);
  }

  /** Calls back when a machine becomes reachable or unreachable; returns a function that removes the callback. */
  watch(told: () => void): () => void {
    this.#watchers.add(told);
    return () => void this.#watchers.delete(told);
  }

  watchLocks(told: () => void): () => void {
    this.#lockWatchers.add(told);
    return () => void this.#lockWatchers.delete(told);
  }

  lockFreed(): void {
    for (const told of [...this.#lockWatchers]) told();
  }

  /** The key pair of a controller, created on first use. */
  identity(controller: string): KeyPair {
    const known = this.#identities.get(controller);
    if (known !== undefined) return known;
    const made = keyPair(
      `identity of ${controller} ${this.core.random.fork(controller).int(2 ** 31)}`,
      'pressluft',
    );
    this.#identities.set(controller, made);
    return made;
  }

  freshKey(comment: string): KeyPair {
    this.#keys += 1;
    return keyPair(`key ${this.#keys} ${this.random.int(2 ** 31)}`, comment);
  }

  nextRun(): number {
    this.#runs += 1;
    return this.#runs;
  }

  nextDataId(): string {
    this.#data += 1;
    return `data-${this.#data}`;
  }

  /** The current time in the format of node records. */
  timestamp(): string {
    return `${new Date(this.clock.wallMs(this.nowMs)).toISOString().slice(0, 19)}Z`;
  }

  /** Work on a machine ends with its power, even if its Ansible still waits. */
  #nothingWorks(ipv4: string): void {
    for (const interval of [...this.audit.open])
      if (interval.host === ipv4 && interval.kind !== 'wants') this.audit.end(interval, this.nowMs);
  }

  #byPeople(host: string, environment: string | null, change: string): void {
    const { nowMs: atMs } = this;
    const nobody = { by: 'people', run: null, playbook: null, uid: null, task: 'by hand', removed: null };
    this.audit.note({ ...nobody, atMs, host, environment, change });
  }

  #add(
    made: Pick<SimMachine, 'ipv4' | 'hostname' | 'port' | 'hostKey' | 'upAtMs' | 'loginAtMs' | 'cloudInit'> &
      Partial<Pick<SimMachine, 'cores' | 'memoryMib'>>,
  ): SimMachine {
    if (this.#byAddress.has(made.ipv4)) throw new Error(`there is a machine ${made.ipv4} already`);
    const machine: SimMachine = {
      ipv4: made.ipv4,
      hostname: made.hostname,
      port: made.port,
      hostKey: made.hostKey,
      upAtMs: made.upAtMs,
      loginAtMs: made.loginAtMs,
      cloudInit: made.cloudInit,
      machineId: sha256Hex(`${made.ipv4} ${this.random.int(2 ** 31)}`).slice(0, 32),
      users: new Map(),
      cores: made.cores ?? 2,
      memoryMib: made.memoryMib ?? 3900,
      diskMib: 39_000,
      destroyed: false,
      power: 'on',
      networkCut: false,
      boots: 1,
      diskFull: false,
      notReady: new Map(),
      applied: new Map(),
      loaded: new Map(),
      services: new Map([
        ['ssh', 'active'],
        ['cron', 'active'],
      ]),
      phpVersions: new Set(),
      record: null,
      slots: new Map(),
      trees: new Set(),
      owed: new Set(),
      lock: null,
      lies: null,
    };
    this.#byAddress.set(made.ipv4, machine);
    this.#changed();
    return machine;
  }

  #changed(): void {
    for (const told of [...this.#watchers]) told();
    this.lockFreed();
  }
}

function startServices(machine: SimMachine): void {
  for (const unit of machine.services.keys()) machine.services.set(unit, 'active');
  machine.owed.clear();
  for (const slot of machine.slots.values()) loadPhp(slot);
  loadHosts(machine);
}

/** The PHP of an environment starts with its current configuration; without one it ends. */
export function loadPhp(slot: Slot): void {
  slot.php = slot.files.has(phpConfig(slot.name));
}

/** nginx loads its current hosts. */
export function loadHosts(machine: SimMachine): void {
  for (const slot of machine.slots.values())
    slot.served = slot.files.has(siteFile(slot.name)) ? slot.host : null;
}
