import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Json } from '../../fleet/digest.ts';
import { killMarkedProcesses } from '../process/marked-processes.ts';
import { isRunning, thisProcess } from '../process/process-identity.ts';
import type { PinnedAddress } from '../ssh/pinned-address.ts';
import { unsafeYaml } from './unsafe-yaml.ts';

/** Environment variable that all processes of a run inherit: its value is the name of the run's directory. */
export const runMarker = 'PRESSLUFT_RUN';

export interface RunDirectory {
  readonly path: string;
  /** Value of {@link runMarker}. */
  readonly marker: string;
  readonly inventory: string;
  readonly varsFile: string;
  readonly home: string;
  remove(): Promise<void>;
}

/** A private directory for one run: inventory, variables (which may hold secrets), and everything that Ansible writes. */
export async function createRunDirectory(
  stateDir: string,
  host: string,
  address: PinnedAddress,
  vars: Readonly<Record<string, Json>>,
): Promise<RunDirectory> {
  const parent = runsDirectory(stateDir);
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const owner = thisProcess();
  const path = await mkdtemp(join(parent, `run-${owner.pid}-${owner.startTicks}-`));
  const inventory = join(path, 'inventory.json');
  const varsFile = join(path, 'vars.yml');
  const home = join(path, 'home');
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    await Promise.all([
      writeFile(inventory, inventoryJson(host, address), { mode: 0o600 }),
      writeFile(varsFile, unsafeYaml(vars), { mode: 0o600 }),
      mkdir(home, { mode: 0o700 }),
    ]);
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, marker: basename(path), inventory, varsFile, home, remove };
}

/**
 * Ends the runs of controller processes that no longer exist and removes their directories: Ansible continues
 * without its controller, and two runs on one node must not overlap. Returns how many processes were killed.
 */
export async function removeLeftoverRuns(stateDir: string): Promise<number> {
  const parent = runsDirectory(stateDir);
  const entries = await readdir(parent).catch(() => []);
  let killed = 0;
  for (const entry of entries) {
    const match = /^run-(\d+)-(\d*)-/.exec(entry);
    if (match === null || isRunning({ pid: Number(match[1]), startTicks: match[2] ?? '' })) continue;
    killed += await killMarkedProcesses(runMarker, entry);
    await rm(join(parent, entry), { recursive: true, force: true });
  }
  return killed;
}

function runsDirectory(stateDir: string): string {
  return join(stateDir, 'ansible', 'runs');
}

function inventoryJson(host: string, address: PinnedAddress): string {
  const connection = {
    ansible_connection: 'ssh',
    ansible_host: address.host,
    ansible_port: address.port,
    ansible_user: address.user,
  };
  return JSON.stringify({ all: { hosts: { [host]: connection } } });
}
