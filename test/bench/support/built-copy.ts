import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installationRoot } from '../../../src/main/paths.ts';

const exec = promisify(execFile);

/** An installation without sources: `dist/` built from the checkout, the other files copied. */
export async function buildCopy(): Promise<{ readonly launcher: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'pressluft-built-'));
  try {
    await exec('sh', [join(installationRoot, 'scripts', 'build.sh'), join(root, 'dist')]);
    for (const name of ['ansible', 'schemas', 'example-repo', 'node_modules', 'package.json'])
      await symlink(join(installationRoot, name), join(root, name));
    await exec('cp', ['-r', join(installationRoot, 'bin'), root]);
    return {
      launcher: join(root, 'bin', 'pressluft'),
      remove: () => rm(root, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}
