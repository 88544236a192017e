import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { findLeftovers } from '../../src/lab/machines/leftovers.ts';
import { stopLab } from '../../src/lab/stop-lab.ts';

export interface TestLab {
  readonly lab: Lab;
  /** Removes the lab and fails when anything of it is left. */
  end(): Promise<void>;
}

/** A lab of its own for one test file, inside this process, so that faults and journal are at hand. */
export async function testLab(
  name: string,
  options: Pick<LabOptions, 'warmImage' | 'rateLimit'> = {},
): Promise<TestLab> {
  const dir = await mkdtemp(join(tmpdir(), `pressluft-lab-${name}-`));
  const lab = await startLab({
    ...options,
    name,
    dir,
    warmImage: options.warmImage ?? true,
    onProgress: say,
  });
  return {
    lab,
    end: async () => {
      await lab.close();
      await stopLab(name, dir);
      const left = await findLeftovers(name);
      await rm(dir, { recursive: true, force: true });
      if (left.length > 0)
        throw new Error(`left behind: ${left.map((item) => JSON.stringify(item)).join(', ')}`);
    },
  };
}

function say(message: string): void {
  process.stderr.write(`lab: ${message}\n`);
}
