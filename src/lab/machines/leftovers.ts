import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listInterfaces, removeBridge } from '../network/bridge.ts';
import { listTables, removeRuleset } from '../network/firewall.ts';
import { listNamespaces, removeLink } from '../network/link.ts';
import { labNames } from '../network/naming.ts';
import { findLab, forgetLab } from '../network/registry.ts';
import { removeNspawnLock, removeNspawnTraces } from './boot.ts';
import { findCgroups, processesIn, removeCgroup } from './cgroup.ts';
import { listMounts, unmount } from './overlay.ts';

export interface Leftover {
  readonly kind:
    | 'process'
    | 'cgroup'
    | 'mount'
    | 'namespace'
    | 'interface'
    | 'ruleset'
    | 'directory'
    | 'registration';
  readonly name: string;
}

/** All objects of the lab on this host, found by name; empty after {@link destroyAll}. */
export async function findLeftovers(lab: string): Promise<readonly Leftover[]> {
  const names = labNames(lab);
  const cgroups = await findCgroups();
  const registration = await findLab(lab);
  const found: Leftover[] = [];
  for (const pid of await processesIn(cgroups, names.cgroup))
    found.push({ kind: 'process', name: String(pid) });
  for (const mount of [cgroups.unified, ...Object.values(cgroups.legacy)]) {
    const group = join(mount, names.cgroup);
    if ((await readdir(group).catch(() => undefined)) !== undefined)
      found.push({ kind: 'cgroup', name: group });
  }
  for (const { mountPoint } of await labMounts(names.prefix)) found.push({ kind: 'mount', name: mountPoint });
  for (const name of await listNamespaces()) {
    if (name.startsWith(names.prefix)) found.push({ kind: 'namespace', name });
  }
  for (const name of await listInterfaces()) {
    if (name === names.bridge || name.startsWith(names.prefix)) found.push({ kind: 'interface', name });
  }
  if ((await listTables()).includes(names.nftTable)) found.push({ kind: 'ruleset', name: names.nftTable });
  for (const path of await nspawnTraces(names.prefix)) found.push({ kind: 'directory', name: path });
  if (registration === undefined) return found;
  const machines = await readdir(join(registration.dir, 'machines')).catch(() => []);
  for (const id of machines) found.push({ kind: 'directory', name: join(registration.dir, 'machines', id) });
  found.push({ kind: 'registration', name: registration.name });
  return found;
}

/**
 * Destroys every machine of the lab, its network and its data, by its name alone: the process that created them may be
 * dead. Idempotent. `dir` is needed only after a reboot of the host, which loses the registration with the lab's directory.
 */
export async function destroyAll(lab: string, dir?: string): Promise<void> {
  const names = labNames(lab);
  const cgroups = await findCgroups();
  const registration = await findLab(lab);
  await removeCgroup(cgroups, names.cgroup);
  for (const { mountPoint } of (await labMounts(names.prefix)).toReversed()) {
    await removeNspawnLock(mountPoint);
    await unmount(mountPoint);
  }
  for (const name of await listNamespaces()) {
    if (name.startsWith(names.prefix)) await removeLink(name);
  }
  for (const name of await listInterfaces()) {
    if (name.startsWith(names.prefix)) await removeLink(name);
  }
  await removeBridge(names);
  await removeRuleset(names);
  for (const path of await nspawnTraces(names.prefix)) await removeNspawnTraces(path.split('/').at(-1) ?? '');
  const labDir = registration?.dir ?? dir;
  if (labDir !== undefined) {
    await rm(join(labDir, 'machines'), { recursive: true, force: true });
    await rm(join(labDir, 'network.json'), { force: true });
  }
  await forgetLab(lab);
}

async function labMounts(prefix: string) {
  return (await listMounts()).filter((mount) => mount.type === 'overlay' && mount.source.startsWith(prefix));
}

async function nspawnTraces(prefix: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const kind of ['propagate', 'unix-export']) {
    const dir = join('/run/systemd/nspawn', kind);
    const entries = await readdir(dir).catch(() => []);
    found.push(...entries.filter((name) => name.startsWith(prefix)).map((name) => join(dir, name)));
  }
  return found;
}
