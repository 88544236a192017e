import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { applyRuleset, renderRuleset } from '../network/firewall.ts';
import { createLink, listNamespaces, removeLink, setLinkCut } from '../network/link.ts';
import { machineName } from '../network/naming.ts';
import { firstOctet, lastOctet, type Subnet } from '../network/subnet.ts';
import type { InboundRule, Machine, MachineBackend, MachineSpec } from './backend.ts';
import { type BootContext, boot, cgroupOf, logToConsole, pullPlug, shutDown } from './boot.ts';
import { isPopulated } from './cgroup.ts';
import { changeMemory, isHostname, prepareFirstBoot } from './first-boot.ts';
import {
  loadRecords,
  type MachinePaths,
  type MachineRecord,
  machinePaths,
  removeRecord,
  saveRecord,
} from './machine-store.ts';
import { listMounts, mountOverlay, unmount } from './overlay.ts';
import { createSerializer } from './serialize.ts';

export interface NspawnBackendOptions extends BootContext {
  readonly labDir: string;
  readonly subnet: Subnet;
  readonly proxyUrl: string;
  readonly aptSources: string;
  /** Read-only layers of an image, building it when needed. */
  readonly layersOf: (image: string, signal: AbortSignal | undefined) => Promise<readonly string[]>;
}

/** How long a machine may take to shut down before a reboot kills it. */
const shutDownPatienceMs = 15_000;

/**
 * Machines as systemd-nspawn containers over an overlay of the image. Operations that a killed process left incomplete are
 * repeated; running machines are found running.
 */
export async function createNspawnBackend(options: NspawnBackendOptions): Promise<MachineBackend> {
  const { labDir, subnet, names, cgroups } = options;
  const serialize = createSerializer();
  const records = new Map<number, MachineRecord>();
  for (const record of await loadRecords(labDir)) records.set(record.spec.id, record);
  await applyFirewalls(records.values());

  function known(id: number): MachineRecord {
    const record = records.get(id);
    if (record === undefined)
      throw new PressluftError(errors.resourceUnknown, `The lab has no machine ${id}`);
    return record;
  }

  async function store(record: MachineRecord): Promise<void> {
    records.set(record.spec.id, record);
    await saveRecord(labDir, record);
  }

  async function applyFirewalls(all: Iterable<MachineRecord>): Promise<void> {
    const firewalled = [...all].flatMap(({ octet, firewall }) =>
      firewall === undefined ? [] : [{ octet, rules: firewall }],
    );
    await serialize('ruleset', () => applyRuleset(names, subnet, firewalled));
  }

  async function isRunning(record: MachineRecord): Promise<boolean> {
    return isPopulated(cgroups, cgroupOf(names, record.octet));
  }

  async function start(record: MachineRecord, signal: AbortSignal | undefined): Promise<void> {
    if (await isRunning(record)) return;
    const paths = machinePaths(labDir, record.spec.id);
    await pullPlug(options, paths, record.octet);
    await mountRoot(record, paths);
    await createLink(names, subnet, record.octet, record.networkCut);
    await boot(options, paths, record, signal);
  }

  async function stop(record: MachineRecord): Promise<void> {
    await pullPlug(options, machinePaths(labDir, record.spec.id), record.octet);
    await removeLink(machineName(names, record.octet));
  }

  async function mountRoot(record: MachineRecord, paths: MachinePaths): Promise<void> {
    if ((await listMounts()).some((mount) => mount.mountPoint === paths.merged)) return;
    await mountOverlay({
      source: machineName(names, record.octet),
      layers: record.layers,
      upper: paths.upper,
      work: paths.work,
      mountPoint: paths.merged,
    });
  }

  /** A new root file system with user data applied; recorded only when it is complete. */
  async function prepare(record: MachineRecord, signal: AbortSignal | undefined): Promise<MachineRecord> {
    const paths = machinePaths(labDir, record.spec.id);
    await unmount(paths.merged);
    await rm(paths.upper, { recursive: true, force: true });
    await rm(paths.work, { recursive: true, force: true });
    await mountRoot(record, paths);
    const { spec, instanceId } = record;
    const { proxyUrl, aptSources } = options;
    const firstBoot = { spec, instanceId, hostAddress: subnet.hostAddress, proxyUrl, aptSources };
    await logToConsole(paths, await prepareFirstBoot(paths.merged, firstBoot, signal));
    const prepared = { ...record, prepared: true };
    await store(prepared);
    return prepared;
  }

  /** Synchronous up to the reservation, so that two creations never get one address. */
  function reserve(spec: MachineSpec, layers: readonly string[]): MachineRecord {
    const taken = new Set([...records.values()].map((record) => record.octet));
    const octet = nextOctet(taken);
    const record: MachineRecord = {
      spec,
      octet,
      ipv4: subnet.addressOf(octet),
      instanceId: randomBytes(16).toString('hex'),
      layers,
      prepared: false,
      firewall: undefined,
      networkCut: false,
    };
    records.set(spec.id, record);
    return record;
  }

  let lastGiven = Math.max(firstOctet - 1, ...[...records.values()].map((record) => record.octet));
  /** An address is reused as late as possible: clients remember host keys by address. */
  function nextOctet(taken: ReadonlySet<number>): number {
    const size = lastOctet - firstOctet + 1;
    for (let step = 1; step <= size; step += 1) {
      const octet = firstOctet + ((lastGiven - firstOctet + step + size) % size);
      if (taken.has(octet)) continue;
      lastGiven = octet;
      return octet;
    }
    throw new PressluftError(errors.labFailed, `All ${size} addresses of the lab are taken`);
  }

  async function destroy(record: MachineRecord): Promise<void> {
    const paths = machinePaths(labDir, record.spec.id);
    await stop(record);
    await unmount(paths.merged);
    await removeRecord(labDir, record.spec.id);
    records.delete(record.spec.id);
    if (record.firewall !== undefined) await applyFirewalls(records.values());
  }

  return {
    create: (spec, signal) =>
      serialize(spec.id, async () => {
        checkSpec(spec);
        let record = records.get(spec.id);
        const isNew = record === undefined;
        if (record === undefined) {
          record = reserve(spec, await options.layersOf(spec.image, signal));
          await store(record);
        }
        try {
          if (!record.prepared) record = await prepare(record, signal);
          await start(record, signal);
        } catch (error) {
          if (isNew && signal?.aborted === true) await destroy(record);
          throw error;
        }
        return { id: spec.id, name: spec.name, ipv4: record.ipv4, state: 'running' };
      }),

    powerOn: (id, signal) => serialize(id, () => start(known(id), signal)),

    powerOff: (id) => serialize(id, () => stop(known(id))),

    reboot: (id, signal) =>
      serialize(id, async () => {
        const record = known(id);
        await shutDown(options, record.octet, shutDownPatienceMs);
        await stop(record);
        await start(record, signal);
      }),

    rebuild: (spec, signal) =>
      serialize(spec.id, async () => {
        checkSpec(spec);
        const before = known(spec.id);
        const layers = await options.layersOf(spec.image, signal);
        await stop(before);
        const record = {
          ...before,
          layers,
          spec,
          instanceId: randomBytes(16).toString('hex'),
          prepared: false,
        };
        await store(record);
        await start(await prepare(record, signal), signal);
      }),

    resize: (spec) =>
      serialize(spec.id, async () => {
        const { cores, memoryMib, diskGib } = spec;
        const before = known(spec.id);
        if (await isRunning(before)) {
          throw new PressluftError(
            errors.labFailed,
            `Machine ${spec.name} is running and cannot be resized`,
            {
              hint: 'Switch it off first.',
            },
          );
        }
        const record = { ...before, spec: { ...before.spec, cores, memoryMib, diskGib } };
        const paths = machinePaths(labDir, spec.id);
        await mountRoot(record, paths);
        await changeMemory(paths.merged, memoryMib);
        await store(record);
      }),

    destroy: (id) =>
      serialize(id, async () => {
        const record = records.get(id);
        if (record !== undefined) await destroy(record);
        else await removeRecord(labDir, id);
      }),

    list: async () => {
      const all = [...records.values()].toSorted((a, b) => a.spec.id - b.spec.id);
      return Promise.all(
        all.map(async (record): Promise<Machine> => {
          const state = (await isRunning(record)) ? 'running' : 'off';
          return { id: record.spec.id, name: record.spec.name, ipv4: record.ipv4, state };
        }),
      );
    },

    setFirewall: (id, rules) =>
      serialize(id, async () => {
        const record = { ...known(id), firewall: rules };
        if (rules !== undefined) checkRules(record.octet, rules);
        await store(record);
        await applyFirewalls(records.values());
      }),

    setNetworkCut: (id, cut) =>
      serialize(id, async () => {
        const record = { ...known(id), networkCut: cut };
        await store(record);
        const link = machineName(names, record.octet);
        if ((await listNamespaces()).includes(link)) await setLinkCut(link, cut);
      }),
  };

  /** A rule that cannot be rendered must fail before it is stored, or it would block every later change. */
  function checkRules(octet: number, rules: readonly InboundRule[]): void {
    renderRuleset(names, subnet, [{ octet, rules }]);
  }
}

function checkSpec(spec: MachineSpec): void {
  if (!Number.isSafeInteger(spec.id) || spec.id < 0)
    throw new PressluftError(errors.flagInvalid, 'A machine needs a positive id');
  if (!isHostname(spec.name))
    throw new PressluftError(errors.flagInvalid, `"${spec.name.slice(0, 80)}" is not a host name`);
}
