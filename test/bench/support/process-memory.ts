import { readdir, readFile } from 'node:fs/promises';

export interface ProcessMemory {
  readonly pid: number;
  readonly command: string;
  /** Resident set, KiB: what `ps` shows, shared pages counted in full. */
  readonly rssKib: number;
  /** Proportional set, KiB: shared pages divided by those who share them. */
  readonly pssKib: number;
}

/** Memory of one process from /proc; throws when the process has ended. */
export async function memoryOf(pid: number): Promise<ProcessMemory> {
  const [status, rollup, command] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/smaps_rollup`, 'utf8'),
    commandOf(pid),
  ]);
  return { pid, command, rssKib: kib(status, 'VmRSS'), pssKib: kib(rollup, 'Pss') };
}

/** The processes of a daemon: its children, and the kept SSH connections, which have left its process tree. */
export async function companionsOf(pid: number): Promise<readonly ProcessMemory[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const companions = await Promise.all(
    pids.map(async (candidate) => {
      try {
        const status = await readFile(`/proc/${candidate}/status`, 'utf8');
        const isChild = new RegExp(`^PPid:\\s+${pid}$`, 'm').test(status);
        const isKept = (await commandOf(candidate)).includes(`/pl-${pid}-`);
        return isChild || isKept ? [await memoryOf(candidate)] : [];
      } catch {
        // It ended while it was being read.
        return [];
      }
    }),
  );
  return companions.flat();
}

async function commandOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
}

function kib(text: string, key: string): number {
  const [, number] = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
  if (number === undefined) throw new Error(`no ${key}`);
  return Number(number);
}
