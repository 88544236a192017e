import { readFileSync } from 'node:fs';

/** A process by id and start time, since ids are reused. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, from /proc/PID/stat; empty where there is no /proc. */
  readonly startTicks: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, startTicks: startTicksOf(process.pid) ?? '' };
}

/** Whether exactly this process still runs; a zombie does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  const startTicks = startTicksOf(identity.pid);
  if (startTicks !== undefined) return identity.startTicks === '' || startTicks === identity.startTicks;
  return identity.startTicks === '' && answersSignal(identity.pid);
}

function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name, field 2, is in parentheses and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
