import { join } from 'node:path';
import { installationRoot } from '../../src/main/paths.ts';
import { must, run } from './shell.ts';

export const launcher = join(installationRoot, 'bin', 'pressluft');
export const labName = 'demo';

/** Starts the demo's lab, or resumes the one that a run with `--keep` left, and returns the variables that point to it. */
export async function labUp(): Promise<Record<string, string>> {
  const lines = await must(launcher, ['lab', 'up', '--name', labName, '--env']);
  return Object.fromEntries(
    [...lines.matchAll(/^export ([A-Z_]+)='(.*)'$/gm)].map(([, name = '', value = '']) => [
      name,
      value.replaceAll(`'\\''`, "'"),
    ]),
  );
}

export async function labDown(): Promise<void> {
  await run(launcher, ['lab', 'down', '--name', labName], { quiet: true });
}
