import { readdir, readFile } from 'node:fs/promises';

/**
 * Kills every process whose environment contains `name=value`, and returns how many there were. This includes processes outside
 * the process group: children with their own session or without a parent. Does nothing where there is no /proc.
 */
export async function killMarkedProcesses(name: string, value: string): Promise<number> {
  const marker = `\0${name}=${value}\0`;
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const marked = await Promise.all(pids.map((pid) => hasMarker(pid, marker)));
  const victims = pids.filter((pid, index) => marked[index] === true && pid !== process.pid);
  for (const pid of victims) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
  return victims.length;
}

async function hasMarker(pid: number, marker: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return `\0${environment}`.includes(marker);
}
