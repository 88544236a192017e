import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { withFileLock } from '../machines/file-lock.ts';
import { runTool } from '../machines/run-tool.ts';
import { labNames, registryDir } from './naming.ts';

/** The objects of a lab on this host until it is destroyed; lost at a reboot, together with these objects. */
export interface LabRegistration {
  readonly name: string;
  readonly tag: string;
  readonly dir: string;
  /** Third octet of the lab's network. */
  readonly subnetIndex: number;
}

/**
 * Registers the lab and chooses a network that no other lab and no interface of this host uses. A registered lab
 * keeps its network; `preferred` is used when it is free. Fails with `PL3022` when the name is registered for another
 * directory.
 */
export async function registerLab(
  name: string,
  dir: string,
  preferred: number | undefined,
  signal?: AbortSignal,
): Promise<LabRegistration> {
  return withFileLock(
    join(registryDir, 'lock'),
    async () => {
      const labs = await listLabs();
      const known = labs.find((lab) => lab.name === name);
      if (known !== undefined && known.dir !== dir) {
        throw new PressluftError(errors.labRunning, `A lab "${name}" exists with its data in ${known.dir}`, {
          hint: `Give the other one another name, or remove it: pressluft lab down --name ${name}`,
        });
      }
      if (known !== undefined) return known;
      const { tag } = labNames(name);
      const clash = labs.find((lab) => lab.tag === tag);
      if (clash !== undefined)
        throw new PressluftError(errors.labRunning, `"${name}" collides with the lab "${clash.name}"`);
      const subnetIndex = await freeSubnet(labs, preferred);
      const lab = { name, tag, dir, subnetIndex };
      await writeJson(registrationPath(name), lab);
      return lab;
    },
    signal,
  );
}

export async function findLab(name: string): Promise<LabRegistration | undefined> {
  return (await listLabs()).find((lab) => lab.name === name);
}

export async function forgetLab(name: string): Promise<void> {
  await rm(registrationPath(name), { force: true });
}

/** Every lab registered on this host. */
export async function listLabs(): Promise<readonly LabRegistration[]> {
  const files = await readdir(join(registryDir, 'labs')).catch(() => []);
  const labs: LabRegistration[] = [];
  for (const file of files) {
    if (!file.endsWith('.json')) continue;
    const text = await readFile(join(registryDir, 'labs', file), 'utf8').catch(() => '');
    if (text !== '') labs.push(JSON.parse(text) as LabRegistration);
  }
  return labs;
}

function registrationPath(name: string): string {
  return join(registryDir, 'labs', `${labNames(name).tag}.json`);
}

async function freeSubnet(labs: readonly LabRegistration[], preferred: number | undefined): Promise<number> {
  const taken = new Set(labs.map((lab) => lab.subnetIndex));
  const { stdout } = await runTool('ip', ['-4', '-o', 'route', 'show', 'table', 'all']);
  for (const [, index] of stdout.matchAll(/\b10\.213\.(\d+)\.\d+/g)) taken.add(Number(index));
  const candidates = [...(preferred === undefined ? [] : [preferred]), ...Array(256).keys()];
  const free = candidates.find((index) => !taken.has(index));
  if (free === undefined)
    throw new PressluftError(errors.labUnsupported, 'All 256 networks of 10.213.0.0/16 are taken');
  return free;
}

/** Atomic: readers see the old or the new content. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}
