import { spawn } from 'node:child_process';
import { appendFile, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { type LabNames, machineName } from '../network/naming.ts';
import { type CgroupHost, createCgroup, inCgroup, isPopulated, processesIn, removeCgroup } from './cgroup.ts';
import { meminfoFile } from './first-boot.ts';
import type { MachinePaths, MachineRecord } from './machine-store.ts';
import { toolEnvironment } from './run-tool.ts';

export interface BootContext {
  readonly names: LabNames;
  readonly cgroups: CgroupHost;
}

/** A machine counts as up when its SSH server listens; a machine without one counts as up after this time. */
const sshPatienceMs = 20_000;

/** Below the machine's group: all processes inside the machine. */
const payload = 'unit/payload';

/**
 * nspawn ends with 133 when the machine requested a reboot and expects its service manager to start it again. Here that is a
 * shell in its own process group, which outlives this process. The firewall of the last boot is flushed, as on hardware.
 */
const keepScript =
  'ns=$1; shift; while :; do "$@"; [ $? -eq 133 ] || exit 0; ip netns exec "$ns" nft flush ruleset; done';

/**
 * Boots a machine whose root is mounted and whose network exists, and waits until its SSH server listens. The machine
 * keeps running when this process ends. Fails with `PL3021` and the end of the console when the machine
 * stops instead.
 */
export async function boot(
  { names, cgroups }: BootContext,
  paths: MachinePaths,
  record: MachineRecord,
  signal?: AbortSignal,
): Promise<void> {
  const name = machineName(names, record.octet);
  const group = cgroupOf(names, record.octet);
  await createCgroup(cgroups, group, record.spec);
  const nspawn = inCgroup(await createCgroup(cgroups, join(group, 'unit')), [
    'systemd-nspawn',
    '--quiet',
    '--boot',
    `--directory=${paths.merged}`,
    `--network-namespace-path=/run/netns/${name}`,
    '--capability=CAP_NET_ADMIN',
    // Otherwise the machine could create files that the host's root cannot delete.
    '--drop-capability=CAP_LINUX_IMMUTABLE',
    `--machine=${name}`,
    `--hostname=${record.spec.name}`,
    '--keep-unit',
    '--register=no',
    '--resolv-conf=off',
    '--timezone=off',
    '--link-journal=no',
    // A path inside the machine: nspawn mounts on /proc only after it has left the host's root.
    `--bind-ro=${meminfoFile}:/proc/meminfo`,
    '--console=read-only',
  ]);
  const keeper = await createCgroup(cgroups, join(group, 'keeper'));
  const [launcher = '', ...args] = inCgroup(keeper, ['/bin/sh', '-c', keepScript, 'keeper', name, ...nspawn]);
  const log = await open(paths.console, 'a', 0o600);
  try {
    const child = spawn(launcher, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: {
        ...toolEnvironment,
        // Network sysctls belong to the machine; all others would change the host.
        SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
        // /tmp on the disk, as on a server, instead of in the machine's memory.
        SYSTEMD_NSPAWN_TMPFS_TMP: '0',
      },
    });
    let exited = false;
    child.once('error', () => {
      exited = true;
    });
    child.once('exit', () => {
      exited = true;
    });
    child.unref();
    await untilReady(cgroups, group, () => exited, signal);
    if (exited || !(await isPopulated(cgroups, group))) {
      throw new PressluftError(errors.labFailed, `Machine ${record.spec.name} stopped while booting`, {
        hint: `Its console is in ${paths.console}`,
        details: { console: (await readFile(paths.console, 'utf8').catch(() => '')).slice(-2000) },
      });
    }
  } finally {
    await log.close();
  }
}

export function cgroupOf(names: LabNames, octet: number): string {
  return `${names.cgroup}/${octet}`;
}

async function untilReady(
  cgroups: CgroupHost,
  group: string,
  exited: () => boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + sshPatienceMs;
  while (Date.now() < deadline && !exited()) {
    if (signal?.aborted === true) throw new PressluftError(errors.cancelled, 'Booting was cancelled');
    if (await listensOnSsh(cgroups, group)) return;
    await sleep(25);
  }
}

/** Reads the machine's network namespace through /proc, so a firewall or a cut link does not matter. */
async function listensOnSsh(cgroups: CgroupHost, group: string): Promise<boolean> {
  const [pid] = await processesIn(cgroups, join(group, payload));
  if (pid === undefined) return false;
  for (const table of ['tcp', 'tcp6']) {
    const sockets = await readFile(`/proc/${pid}/net/${table}`, 'utf8').catch(() => '');
    // Local port 0016 is 22, state 0A is LISTEN; see proc_net_tcp.txt of the kernel.
    if (/^\s*\d+: [0-9A-F]+:0016 [0-9A-F]+:0000 0A /m.test(sockets)) return true;
  }
  return false;
}

/** Kills a machine in any state and removes what nspawn leaves behind; a machine that does not run is not an error. */
export async function pullPlug(
  { names, cgroups }: BootContext,
  paths: MachinePaths,
  octet: number,
): Promise<void> {
  await removeCgroup(cgroups, cgroupOf(names, octet));
  const name = machineName(names, octet);
  await removeNspawnLock(paths.merged);
  await removeNspawnTraces(name);
  await rm(join(paths.dir, '.#root.lck'), { force: true });
}

/** nspawn names its lock after the root directory, so this must happen while that is still mounted. */
export async function removeNspawnLock(root: string): Promise<void> {
  const { dev, ino } = (await stat(root, { bigint: true }).catch(() => undefined)) ?? {};
  if (ino !== undefined) await rm(`/run/systemd/nspawn/locks/inode-${dev}:${ino}`, { force: true });
}

export async function removeNspawnTraces(name: string): Promise<void> {
  for (const kind of ['propagate', 'unix-export']) {
    await rm(`/run/systemd/nspawn/${kind}/${name}`, { recursive: true, force: true });
  }
}

/** Asks a machine to shut down and waits at most `patienceMs`; the caller kills it afterwards. */
export async function shutDown(
  { names, cgroups }: BootContext,
  octet: number,
  patienceMs: number,
): Promise<void> {
  const [init] = await processesIn(cgroups, join(cgroupOf(names, octet), payload, 'init.scope'));
  if (init === undefined) return;
  try {
    // SIGRTMIN+4: systemd powers off, see systemd(1). Node has no name for real-time signals.
    process.kill(init, 34 + 4);
  } catch {
    return;
  }
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline && (await isPopulated(cgroups, cgroupOf(names, octet)))) await sleep(25);
}

export async function logToConsole(paths: MachinePaths, text: string): Promise<void> {
  if (text !== '') await appendFile(paths.console, text, { mode: 0o600 });
}
