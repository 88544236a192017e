import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Environment variable with the directory in which runs share what they send to nodes; `ansible/launch.py` reads it. If the
 * controller's environment has it, controllers with different state directories share the modules, too.
 */
export const moduleCacheVariable = 'PRESSLUFT_MODULE_CACHE';

/**
 * The directory for one version of the content: below the state directory, where those of other versions are removed, or below
 * `shared`.
 */
export async function moduleCache(
  stateDir: string,
  contentVersion: string,
  shared: string | undefined,
): Promise<string> {
  const own = shared === undefined || shared === '';
  const parent = own ? join(stateDir, 'ansible', 'modules') : shared;
  const name = contentVersion.replace(/^sha256:/, '').slice(0, 16);
  await mkdir(join(parent, name), { recursive: true, mode: 0o700 });
  if (own) await removeAllBut(parent, name);
  return join(parent, name);
}

async function removeAllBut(parent: string, name: string): Promise<void> {
  const others = (await readdir(parent)).filter((entry) => entry !== name);
  await Promise.all(others.map((entry) => rm(join(parent, entry), { recursive: true, force: true })));
}
