import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../network/registry.ts';
import type { InboundRule, MachineSpec } from './backend.ts';

/** The lab's record of a machine; whether it runs is not recorded but checked on the host. */
export interface MachineRecord {
  readonly spec: MachineSpec;
  /** Last octet of the address. */
  readonly octet: number;
  readonly ipv4: string;
  readonly instanceId: string;
  /** Read-only layers of the root file system, topmost first. */
  readonly layers: readonly string[];
  /** False until the root file system is complete: an interrupted creation starts over. */
  readonly prepared: boolean;
  readonly firewall: readonly InboundRule[] | undefined;
  readonly networkCut: boolean;
}

export interface MachinePaths {
  readonly dir: string;
  readonly record: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
  readonly console: string;
}

export function machinePaths(labDir: string, id: number): MachinePaths {
  const dir = join(labDir, 'machines', String(id));
  return {
    dir,
    record: join(dir, 'machine.json'),
    upper: join(dir, 'upper'),
    work: join(dir, 'work'),
    merged: join(dir, 'root'),
    console: join(dir, 'console.log'),
  };
}

/** Ordered by id. A directory without a readable record is an interrupted creation, not a machine. */
export async function loadRecords(labDir: string): Promise<readonly MachineRecord[]> {
  const entries = await readdir(join(labDir, 'machines')).catch(() => []);
  const records: MachineRecord[] = [];
  for (const entry of entries) {
    const text = await readFile(join(labDir, 'machines', entry, 'machine.json'), 'utf8').catch(
      () => undefined,
    );
    if (text !== undefined) records.push(JSON.parse(text) as MachineRecord);
  }
  return records.toSorted((a, b) => a.spec.id - b.spec.id);
}

export async function saveRecord(labDir: string, record: MachineRecord): Promise<void> {
  const paths = machinePaths(labDir, record.spec.id);
  await mkdir(paths.dir, { recursive: true, mode: 0o700 });
  await writeJson(paths.record, record);
}

export async function removeRecord(labDir: string, id: number): Promise<void> {
  await rm(machinePaths(labDir, id).dir, { recursive: true, force: true });
}
