import { access, constants, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PressluftError } from '../../fleet/errors.ts';
import { runProcess } from '../process/run-process.ts';
import { completionMarker } from './ensure-venv.ts';
import { readRequirements } from './python-requirements.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Directory of the `ansible-playbook` to run: of the virtualenv that Pressluft made, of the one that `PRESSLUFT_ANSIBLE_VENV`
 * names, or on the PATH when its ansible-core is the pinned one. Throws PL3013.
 */
export async function locatePlaybookCommand(root: string, venvDir: string, env: Env): Promise<string> {
  const requirements = await readRequirements(root);
  const marker = await readFile(completionMarker(venvDir), 'utf8').catch(() => '');
  if (marker.trim() === requirements.sha256) return join(venvDir, 'bin');

  const named = env.PRESSLUFT_ANSIBLE_VENV;
  const candidates = [venvDir, ...(named === undefined || named === '' ? [] : [named])].map((venv) =>
    join(venv, 'bin'),
  );
  candidates.push(...(env.PATH ?? '').split(delimiter).filter((directory) => directory !== ''));
  const found: string[] = [];
  for (const directory of candidates) {
    const version = await versionIn(directory, env);
    if (version === requirements.ansibleCore) return directory;
    if (version !== undefined) found.push(`${version} in ${directory}`);
  }
  throw new PressluftError(
    'PL3013',
    `ansible-core ${requirements.ansibleCore} was not found${found.length === 0 ? '' : `; there is ${found.join(', ')}`}`,
    {
      hint: `Run \`pressluft doctor --fix\`, or install ${requirements.path} into a virtualenv and name it in PRESSLUFT_ANSIBLE_VENV.`,
    },
  );
}

async function versionIn(directory: string, env: Env): Promise<string | undefined> {
  const file = join(directory, 'ansible-playbook');
  const executable = await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!executable) return undefined;
  const PATH = env.PATH ?? '/usr/bin:/bin';
  const result = await runProcess({
    file,
    args: ['--version'],
    env: { PATH, LC_ALL: 'C.UTF-8' },
    timeoutMs: 30_000,
  });
  return /^ansible-playbook \[core ([^\]\s]+)\]/.exec(result.stdout)?.[1];
}
