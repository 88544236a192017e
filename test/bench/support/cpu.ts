import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findCgroups } from '../../../src/lab/machines/cgroup.ts';
import { labNames } from '../../../src/lab/network/naming.ts';

/** CPU time, ms. Unlike wall time it hardly depends on other load of the machine. */
export interface CpuTime {
  /** This process and the children that it has waited for: git, ssh, Ansible. */
  readonly controllerMs: number;
  /** Everything on all machines of the lab. */
  readonly machinesMs: number;
}

/** Reads the CPU time used so far; read it twice and subtract. The services of the lab itself are not included. */
export async function cpuTime(lab: string): Promise<CpuTime> {
  const { unified } = await findCgroups();
  const [own, machines] = await Promise.all([
    readFile('/proc/self/stat', 'utf8'),
    readFile(join(unified, labNames(lab).cgroup, 'cpu.stat'), 'utf8'),
  ]);
  // utime, stime, cutime and cstime, in hundredths of a second (proc_pid_stat(5)); the name before them may contain blanks.
  const ticks = own
    .slice(own.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  const [, usageUs = '0'] = /^usage_usec (\d+)$/m.exec(machines) ?? [];
  return {
    controllerMs: ticks.reduce((sum, text) => sum + Number(text) * 10, 0),
    machinesMs: Number(usageUs) / 1000,
  };
}

/** Runs work and returns the CPU time that it used. */
export async function withCpuTime<T>(
  lab: string,
  work: () => Promise<T>,
): Promise<{ readonly value: T; readonly cpu: CpuTime }> {
  const before = await cpuTime(lab);
  const value = await work();
  const after = await cpuTime(lab);
  const cpu = {
    controllerMs: after.controllerMs - before.controllerMs,
    machinesMs: after.machinesMs - before.machinesMs,
  };
  return { value, cpu };
}

export function totalMs({ controllerMs, machinesMs }: CpuTime): number {
  return controllerMs + machinesMs;
}
