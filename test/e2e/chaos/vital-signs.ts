import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { companionsOf, memoryOf } from '../../bench/support/process-memory.ts';
import { median } from '../../bench/support/statistics.ts';

const exec = promisify(execFile);

/** Measurements that must not grow with the number of passes. */
export interface VitalSigns {
  readonly rssMib: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Children, and the kept SSH connections. */
  readonly companions: number;
  readonly stateKib: number;
  readonly stateFiles: number;
}

export type VitalSign = keyof VitalSigns;

export async function vitalSigns(pid: number, stateDir: string): Promise<VitalSigns> {
  const [memory, descriptors, status, companions, state] = await Promise.all([
    memoryOf(pid),
    readdir(`/proc/${pid}/fd`),
    readFile(`/proc/${pid}/status`, 'utf8'),
    companionsOf(pid),
    sizeOf(stateDir),
  ]);
  return {
    rssMib: memory.rssKib / 1024,
    descriptors: descriptors.length,
    threads: Number(/^Threads:\s+(\d+)$/m.exec(status)?.[1]),
    companions: companions.length,
    ...state,
  };
}

/** `du` counts allocated blocks, so that a log that is overwritten repeatedly counts once. */
async function sizeOf(directory: string): Promise<Pick<VitalSigns, 'stateKib' | 'stateFiles'>> {
  const count = async (...args: readonly string[]) => {
    // Files are created and deleted meanwhile: a missing file is not an error here.
    const { stdout } = await exec('du', ['-s', ...args, directory]).catch(
      (error: { stdout: string }) => error,
    );
    return Number(stdout.split('\t')[0]);
  };
  return { stateKib: await count('-k'), stateFiles: await count('--inodes') };
}

/** Medians of the second and the last fifth: the first is the warm-up. */
export function compareFifths(samples: readonly VitalSigns[], sign: VitalSign) {
  const values = samples.map((sample) => sample[sign]);
  const fifth = Math.floor(values.length / 5);
  return {
    early: median(values.slice(fifth, 2 * fifth)),
    late: median(values.slice(-fifth)),
    most: Math.max(...values),
  };
}

export function vitalTable(samples: readonly VitalSigns[]): string {
  const signs: readonly VitalSign[] = [
    'rssMib',
    'descriptors',
    'threads',
    'companions',
    'stateKib',
    'stateFiles',
  ];
  const row = (name: string, ...cells: readonly (string | number)[]) =>
    [
      name.padEnd(12),
      ...cells.map((cell) => (typeof cell === 'string' ? cell : cell.toFixed(1)).padStart(12)),
    ].join('');
  return [
    row('', '2nd fifth', 'last fifth', 'most'),
    ...signs.map((sign) => {
      const { early, late, most } = compareFifths(samples, sign);
      return row(sign, early, late, most);
    }),
  ].join('\n');
}
