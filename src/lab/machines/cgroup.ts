import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';

/** The hierarchies of this host that a machine gets a group in. */
export interface CgroupHost {
  /** Mount point of cgroup v2: the only one on a current host, one among several on a hybrid one. */
  readonly unified: string;
  /** Mount points of the v1 hierarchies `systemd`, `memory`, `cpu` and `pids`, where they exist. */
  readonly legacy: Readonly<Partial<Record<LegacyController, string>>>;
}

type LegacyController = 'systemd' | 'memory' | 'cpu' | 'pids';

export interface CgroupLimits {
  readonly cores: number;
  readonly memoryMib: number;
}

const legacyControllers: readonly LegacyController[] = ['systemd', 'memory', 'cpu', 'pids'];
const maxTasks = 8192;

/** Fails with `PL3020` on a host without cgroup v2. */
export async function findCgroups(): Promise<CgroupHost> {
  const legacy: Partial<Record<LegacyController, string>> = {};
  let unified: string | undefined;
  for (const line of (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const mountPoint = left.split(' ')[4] ?? '';
    const [type, , superOptions = ''] = right.split(' ');
    if (type === 'cgroup2') unified ??= mountPoint;
    if (type !== 'cgroup') continue;
    const controllers = superOptions.split(',');
    for (const name of legacyControllers) {
      if (controllers.includes(name === 'systemd' ? 'name=systemd' : name)) legacy[name] ??= mountPoint;
    }
  }
  if (unified === undefined) {
    throw new PressluftError(errors.labUnsupported, 'This host has no cgroup v2 hierarchy', {
      hint: 'Mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified',
    });
  }
  return { unified, legacy };
}

/**
 * Creates the group `path` in every hierarchy and limits it as far as controllers are available. Every machine needs its
 * own group: without one the machines' systemd would share `/system.slice` and kill each other's services.
 * Returns the `cgroup.procs` files that a process has to be written to.
 */
export async function createCgroup(
  host: CgroupHost,
  path: string,
  limits?: CgroupLimits,
): Promise<readonly string[]> {
  await makeUnified(host.unified, path);
  const groups = [host.unified, ...Object.values(host.legacy)].map((mount) => join(mount, path));
  for (const group of groups) await mkdir(group, { recursive: true });
  if (limits !== undefined) await limit(host, path, limits);
  return groups.map((group) => join(group, 'cgroup.procs'));
}

/** A controller is available in a v2 group only when every parent group enables it. */
async function makeUnified(mount: string, path: string): Promise<void> {
  let group = mount;
  for (const part of path.split('/')) {
    await tryWrite(join(group, 'cgroup.subtree_control'), '+memory +cpu +pids');
    group = join(group, part);
    await mkdir(group, { recursive: true });
  }
}

async function limit(host: CgroupHost, path: string, { cores, memoryMib }: CgroupLimits): Promise<void> {
  const periodUs = 100_000;
  const bytes = String(memoryMib * 1024 * 1024);
  const quotaUs = String(Math.round(cores * periodUs));
  const v2 = join(host.unified, path);
  await tryWrite(join(v2, 'memory.max'), bytes);
  await tryWrite(join(v2, 'cpu.max'), `${quotaUs} ${periodUs}`);
  await tryWrite(join(v2, 'pids.max'), String(maxTasks));
  const { memory, cpu, pids } = host.legacy;
  if (memory !== undefined) await tryWrite(join(memory, path, 'memory.limit_in_bytes'), bytes);
  if (cpu !== undefined) await tryWrite(join(cpu, path, 'cpu.cfs_quota_us'), quotaUs);
  if (pids !== undefined) await tryWrite(join(pids, path, 'pids.max'), String(maxTasks));
}

async function tryWrite(path: string, value: string): Promise<boolean> {
  // The write must not create a file: outside cgroupfs that would leave a plain file.
  return writeFile(path, value, { flag: 'r+' }).then(
    () => true,
    () => false,
  );
}

/** Whether any process is in the group or below it. */
export async function isPopulated(host: CgroupHost, path: string): Promise<boolean> {
  const events = await readFile(join(host.unified, path, 'cgroup.events'), 'utf8').catch(() => '');
  return /^populated 1$/m.test(events);
}

/** Process ids in the group and below it. */
export async function processesIn(host: CgroupHost, path: string): Promise<readonly number[]> {
  const groups = await groupsBelow(join(host.unified, path));
  const lists = await Promise.all(
    groups.map((group) => readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) =>
    list
      .split('\n')
      .filter((line) => line !== '')
      .map(Number),
  );
}

/** Kills everything in the group and waits until the kernel has released it. Fails with `PL3021` after 15 s. */
export async function killCgroup(host: CgroupHost, path: string): Promise<void> {
  const killFile = join(host.unified, path, 'cgroup.kill');
  const deadline = Date.now() + 15_000;
  while (await isPopulated(host, path)) {
    if (!existsSync(killFile) || !(await tryWrite(killFile, '1'))) await killOneByOne(host, path);
    if (Date.now() > deadline)
      throw new PressluftError(errors.labFailed, `processes in cgroup ${path} do not die`);
    await sleep(10);
  }
}

async function killOneByOne(host: CgroupHost, path: string): Promise<void> {
  for (const pid of await processesIn(host, path)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}

/** Kills the processes of the group and removes it from every hierarchy; a missing group is not an error. */
export async function removeCgroup(host: CgroupHost, path: string): Promise<void> {
  await killCgroup(host, path);
  for (const mount of [host.unified, ...Object.values(host.legacy)]) {
    for (const group of await groupsBelow(join(mount, path))) await removeGroup(group);
  }
}

/** Deepest first, the group itself last; empty when there is none. */
async function groupsBelow(group: string): Promise<readonly string[]> {
  const entries = await readdir(group, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [];
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(group, entry.name));
  return [...(await Promise.all(children.map(groupsBelow))).flat(), group];
}

/** The kernel may report a group as busy for a moment after its last process died. */
async function removeGroup(group: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rmdir(group);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (attempt === 200)
        throw new PressluftError(errors.labFailed, `cgroup ${group} cannot be removed`, { cause: error });
      await sleep(10);
    }
  }
}

/**
 * The argv that starts `command` inside groups. The shell is only a launcher: its script is constant, and all values
 * are positional arguments. A process moved after its start would leave children behind in the old group.
 */
export function inCgroup(procsFiles: readonly string[], command: readonly string[]): readonly string[] {
  const script = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 70; shift; done; shift; exec "$@"';
  return ['/bin/sh', '-c', script, 'pressluft-lab', ...procsFiles, '--', ...command];
}
