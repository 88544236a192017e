import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { completionMarker } from './ensure-venv.ts';
import { playbookVersion } from './playbook-command.ts';
import { readRequirements } from './python-requirements.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Directory of the `ansible-playbook` to run: from the virtualenv that Pressluft created, from the one that `PRESSLUFT_ANSIBLE_VENV`
 * names, or on the PATH when its ansible-core is the pinned one. Throws PL3013.
 */
export async function locatePlaybookCommand(root: string, venvDir: string, env: Env): Promise<string> {
  const requirements = await readRequirements(root);
  const marker = await readFile(completionMarker(venvDir), 'utf8').catch(() => '');
  if (marker.trim() === requirements.sha256) return join(venvDir, 'bin');

  const named = env.PRESSLUFT_ANSIBLE_VENV;
  const venvs = [venvDir, ...(named === undefined || named === '' ? [] : [named])].map((venv) =>
    join(venv, 'bin'),
  );
  const onPath = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const others: string[] = [];
  for (const directory of [...venvs, ...onPath]) {
    const version = await playbookVersion(directory, env);
    if (version === requirements.ansibleCore) return directory;
    if (version !== undefined) others.push(`${version} in ${directory}`);
  }
  const instead = others.length === 0 ? '' : `; there is ${others.join(', ')}`;
  throw new PressluftError(
    errors.ansibleMissing,
    `ansible-core ${requirements.ansibleCore} was not found${instead}`,
    {
      hint: `Run scripts/setup.sh, or install ${requirements.path} into a virtualenv and name it in PRESSLUFT_ANSIBLE_VENV.`,
    },
  );
}
