import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sshDir } from './git/git-remote.ts';
import { runningSshd, stopSshRemote } from './git/ssh-remote.ts';
import { requireLabHost } from './host-check.ts';
import { labDirOf, labFiles } from './lab-files.ts';
import { destroyAll, findLeftovers } from './machines/leftovers.ts';
import { endOwner, liveOwner } from './owner.ts';

export interface LabLeftover {
  readonly kind: string;
  readonly name: string;
}

/**
 * Ends a lab and removes everything it created, by its name alone, even after a crash of the process that served it. Only the caches
 * stay. Idempotent. Resolves with the objects that could not be removed, normally none.
 */
export async function stopLab(name: string, dir?: string): Promise<readonly LabLeftover[]> {
  requireLabHost();
  const labDir = dir ?? (await labDirOf(name));
  await endOwner(labDir);
  await stopSshRemote(sshDir(labFiles(labDir).git));
  await destroyAll(name, labDir);
  for (const file of Object.values(labFiles(labDir))) await rm(file, { recursive: true, force: true });
  for (const name of await readdir(labDir).catch(() => [])) {
    // Files that a killed process was about to rename into place.
    if (/^[a-z]+\.json\.\d+\.tmp$/.test(name)) await rm(join(labDir, name), { force: true });
  }
  // What is left in there, if anything, is not the lab's.
  await rmdir(labDir).catch(() => undefined);
  return labLeftovers(name, labDir);
}

/** Everything of the lab that exists on this host: its processes, its network, its machines and its files. */
export async function labLeftovers(name: string, dir?: string): Promise<readonly LabLeftover[]> {
  const labDir = dir ?? (await labDirOf(name));
  const found: LabLeftover[] = [...(await findLeftovers(name))];
  const owner = await liveOwner(labDir);
  if (owner) found.push({ kind: 'process', name: `lab ${owner.pid}` });
  const sshd = await runningSshd(sshDir(labFiles(labDir).git));
  if (sshd !== undefined) found.push({ kind: 'process', name: `sshd ${sshd}` });
  const entries = await readdir(labDir).catch(() => []);
  if (entries.length > 0) found.push({ kind: 'directory', name: labDir });
  return found;
}
