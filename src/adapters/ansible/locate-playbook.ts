import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { PressluftError } from '../../fleet/errors.ts';
import { completionMarker } from './ensure-venv.ts';
import { isExecutable, playbookVersion } from './playbook-version.ts';
import { readRequirements } from './python-requirements.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface PlaybookCommand {
  readonly binDirectory: string;
  readonly file: string;
  /** Come before the arguments of ansible-playbook. */
  readonly args: readonly string[];
}

/**
 * How to call `ansible-playbook`: of the virtualenv that Pressluft made, of the one that `PRESSLUFT_ANSIBLE_VENV` names, or on
 * the PATH when its ansible-core is the pinned one. Throws PL3013.
 */
export async function locatePlaybookCommand(
  root: string,
  venvDir: string,
  env: Env,
): Promise<PlaybookCommand> {
  const requirements = await readRequirements(root);
  const marker = await readFile(completionMarker(venvDir), 'utf8').catch(() => '');
  if (marker.trim() === requirements.sha256) return commandIn(join(venvDir, 'bin'));

  const named = env.PRESSLUFT_ANSIBLE_VENV;
  const venvs = [venvDir, ...(named === undefined || named === '' ? [] : [named])].map((venv) =>
    join(venv, 'bin'),
  );
  const onPath = (env.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
  const others: string[] = [];
  for (const directory of [...venvs, ...onPath]) {
    const version = await playbookVersion(directory, env);
    if (version === requirements.ansibleCore) return commandIn(directory);
    if (version !== undefined) others.push(`${version} in ${directory}`);
  }
  const instead = others.length === 0 ? '' : `; there is ${others.join(', ')}`;
  throw new PressluftError('PL3013', `ansible-core ${requirements.ansibleCore} was not found${instead}`, {
    hint: `Run scripts/setup.sh, or install ${requirements.path} into a virtualenv and name it in PRESSLUFT_ANSIBLE_VENV.`,
  });
}

/** A run is short and holds little, so that collecting cycles never pays: it takes a sixth of the start-up (90 of 550 ms of CPU). */
const withoutGarbageCollection = `import gc
gc.disable()
import sys
from ansible.cli.playbook import main
sys.argv[0] = 'ansible-playbook'
sys.exit(main())`;

async function commandIn(binDirectory: string): Promise<PlaybookCommand> {
  const isVenv =
    (await isExecutable(join(binDirectory, 'python'))) && existsSync(join(binDirectory, '..', 'pyvenv.cfg'));
  if (!isVenv) return { binDirectory, file: join(binDirectory, 'ansible-playbook'), args: [] };
  return { binDirectory, file: join(binDirectory, 'python'), args: ['-I', '-c', withoutGarbageCollection] };
}
