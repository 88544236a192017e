import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.ts';
import { findLeftovers } from '../../src/lab/machines/leftovers.ts';
import { listLabs } from '../../src/lab/network/registry.ts';
import { stopLab } from '../../src/lab/stop-lab.ts';

export interface TestLab {
  readonly lab: Lab;
  /** Removes the lab; fails when parts of it remain. */
  end(): Promise<void>;
}

/**
 * A separate lab for one test file, inside this process, so that faults and journal are accessible. The process is part of its name, so
 * that test files and whole test runs do not conflict.
 */
export async function testLab(
  purpose: string,
  options: Pick<LabOptions, 'warmImage' | 'rateLimit'> = {},
): Promise<TestLab> {
  await removeOrphans(purpose);
  const name = `${purpose}-${process.pid.toString(36)}`;
  const dir = await mkdtemp(join(tmpdir(), `pressluft-lab-${name}-`));
  await writeFile(join(dir, ownerFile), String(process.pid));
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

const ownerFile = 'test.pid';

/** A killed test run leaves its machines running; nothing else would stop them. */
async function removeOrphans(purpose: string): Promise<void> {
  for (const { name, dir } of await listLabs()) {
    if (!name.startsWith(`${purpose}-`)) continue;
    const owner = Number(await readFile(join(dir, ownerFile), 'utf8').catch(() => '0'));
    if (owner > 0 && isAlive(owner)) continue;
    say(`removing ${name}, which a run that was killed left in ${dir}`);
    await stopLab(name, dir);
    await rm(dir, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function say(message: string): void {
  process.stderr.write(`lab: ${message}\n`);
}
