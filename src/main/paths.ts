import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Root of the checkout or installation: the folder with `ansible/`, `schemas/` and `example-repo/`. */
export const installationRoot: string = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(start: string): string {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'ansible', 'playbooks'))) return folder;
  }
  return dirname(dirname(start));
}

export const ansibleRoot: string = join(installationRoot, 'ansible');

/** The virtualenv with the pinned ansible-core. */
export function ansibleVenv(env: Readonly<Record<string, string | undefined>>): string {
  return env.PRESSLUFT_ANSIBLE_VENV ?? join(installationRoot, '.venv');
}
