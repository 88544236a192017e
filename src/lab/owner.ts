import { mkdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { writeFileDurably } from './files.ts';
import { labFiles } from './lab-files.ts';
import { withFileLock } from './machines/file-lock.ts';

/** The process that serves a lab. Process ids are reused, so the start time identifies it. */
export interface Owner {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since boot. */
  readonly startTime: string;
}

/** Makes this process the one that serves the lab in `dir`. Fails with `PL3022` while another one does. */
export async function claimLab(name: string, dir: string): Promise<() => Promise<void>> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const { lock, owner: file } = labFiles(dir);
  await withFileLock(lock, async () => {
    const owner = await liveOwner(dir);
    if (owner !== undefined) {
      throw new PressluftError(errors.labRunning, `The lab "${name}" runs already (process ${owner.pid})`, {
        hint: `Use it: pressluft lab status --name ${name}; or end it: pressluft lab down --name ${name}`,
      });
    }
    const self: Owner = { pid: process.pid, startTime: (await startTimeOf(process.pid)) ?? '' };
    await writeFileDurably(file, JSON.stringify(self), 0o600);
  });
  return async () => {
    if ((await liveOwner(dir))?.pid === process.pid) await rm(file, { force: true });
  };
}

/** The process that serves the lab now, if one does. */
export async function liveOwner(dir: string): Promise<Owner | undefined> {
  const text = await readFile(labFiles(dir).owner, 'utf8').catch(() => '');
  if (text === '') return undefined;
  const owner = JSON.parse(text) as Owner;
  return (await startTimeOf(owner.pid)) === owner.startTime ? owner : undefined;
}

/** Asks the process to end, then kills it; resolves when it has ended. Never ends the calling process. */
export async function endOwner(dir: string, patienceMs = 20_000): Promise<void> {
  const owner = await liveOwner(dir);
  if (owner === undefined || owner.pid === process.pid) return;
  signal(owner, 'SIGTERM');
  const deadline = performance.now() + patienceMs;
  let isKilled = false;
  while ((await liveOwner(dir)) !== undefined) {
    if (!isKilled && performance.now() > deadline) {
      signal(owner, 'SIGKILL');
      isKilled = true;
    }
    await sleep(50);
  }
}

function signal(owner: Owner, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(owner.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Undefined for a process that does not exist or is a zombie. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in parentheses may contain anything; the fields after the last parenthesis are numbers.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}
