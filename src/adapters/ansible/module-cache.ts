import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Environment variable with the directory in which runs share what they send to nodes; `ansible/launch.py` reads it. */
export const moduleCacheVariable = 'PRESSLUFT_MODULE_CACHE';

/** The directory for one version of the content; those of other versions are removed. */
export async function moduleCache(stateDir: string, contentVersion: string): Promise<string> {
  const parent = join(stateDir, 'ansible', 'modules');
  const name = contentVersion.replace(/^sha256:/, '').slice(0, 16);
  await mkdir(join(parent, name), { recursive: true, mode: 0o700 });
  const others = (await readdir(parent)).filter((entry) => entry !== name);
  await Promise.all(others.map((entry) => rm(join(parent, entry), { recursive: true, force: true })));
  return join(parent, name);
}
