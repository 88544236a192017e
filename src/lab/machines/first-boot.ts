import { readFile } from 'node:fs/promises';
import type { MachineSpec } from './backend.ts';
import { readUserData } from './cloud-config.ts';
import { runTool } from './run-tool.ts';

export interface FirstBoot {
  readonly spec: MachineSpec;
  /** 32 hexadecimal digits: machine id and cloud instance id. */
  readonly instanceId: string;
  readonly hostAddress: string;
  readonly proxyUrl: string;
  readonly aptSources: string;
}

/** Inside the machine; shown to it as /proc/meminfo. */
export const meminfoFile = '/usr/lib/pressluft-lab/meminfo';

/**
 * Prepares a mounted root file system as the provider and cloud-init do at a first boot: identity, network files, users,
 * keys, files, and a unit for the commands. Returns lines for the machine's console.
 */
export async function prepareFirstBoot(
  root: string,
  { spec, instanceId, hostAddress, proxyUrl, aptSources }: FirstBoot,
  signal?: AbortSignal,
): Promise<string> {
  const config = readUserData(spec.userData);
  const plan = {
    ...config,
    hostname: config.hostname !== undefined && isHostname(config.hostname) ? config.hostname : spec.name,
    rootKeys: [...spec.sshAuthorizedKeys, ...config.sshAuthorizedKeys],
    userData: spec.userData,
    instanceId,
    nameserver: hostAddress,
    meminfo: { path: meminfoFile, content: renderMeminfo(spec.memoryMib) },
    proxyUrl,
    aptSources,
  };
  const program = await readFile(new URL('./first-boot.py', import.meta.url), 'utf8');
  return runInside(root, ['/usr/bin/python3', '-I', '-c', program], { input: JSON.stringify(plan), signal });
}

/** Gives a mounted root file system of a machine that is off another amount of memory, for its next boot. */
export async function changeMemory(root: string, memoryMib: number): Promise<void> {
  await runInside(root, ['/bin/sh', '-c', 'exec cat > "$0"', meminfoFile], {
    input: renderMeminfo(memoryMib),
  });
}

/** Own namespaces: a program that hangs or misbehaves has no network, sees no path of the host and dies with its parent. */
async function runInside(
  root: string,
  argv: readonly string[],
  { input, signal }: { readonly input: string; readonly signal?: AbortSignal | undefined },
): Promise<string> {
  const namespaces = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork', '--kill-child', '--'];
  const { stdout } = await runTool('unshare', [...namespaces, 'chroot', root, ...argv], {
    input,
    timeoutMs: 60_000,
    signal,
  });
  return stdout;
}

/**
 * The /proc/meminfo of the machine: the kernel's file shows the host's memory, and a node that sizes its services by that
 * would exceed its limit. The numbers are constant; four fifths count as available.
 */
function renderMeminfo(memoryMib: number): string {
  const totalKib = memoryMib * 1024;
  const availableKib = Math.floor(totalKib * 0.8);
  const fields = [
    ['MemTotal', totalKib],
    ['MemFree', availableKib],
    ['MemAvailable', availableKib],
    ['Buffers', 0],
    ['Cached', 0],
    ['Shmem', 0],
    ['SReclaimable', 0],
    ['SwapCached', 0],
    ['SwapTotal', 0],
    ['SwapFree', 0],
  ] as const;
  return fields.map(([name, kib]) => `${`${name}:`.padEnd(16)}${String(kib).padStart(8)} kB\n`).join('');
}

export function isHostname(name: string): boolean {
  return name.length <= 63 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name);
}
