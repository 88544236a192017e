import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runProcess } from '../process/run-process.ts';

export interface Python {
  readonly file: string;
  readonly version: string;
}

const names = ['python3', 'python3.13', 'python3.12', 'python3.11'] as const;
/** ansible-core 2.19 runs on Python 3.11 to 3.13: https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html */
const oldestMinor = 11;
const newestMinor = 13;

/** The first Python on the PATH that the pinned ansible-core supports; throws PL3013 that names the versions found. */
export async function findPython(path: string): Promise<Python> {
  const found: string[] = [];
  for (const file of names) {
    const version = await versionOf(file, path);
    if (version === undefined) continue;
    found.push(`${file} is ${version}`);
    const [major, minor] = version.split('.').map(Number);
    if (major === 3 && minor !== undefined && minor >= oldestMinor && minor <= newestMinor)
      return { file, version };
  }
  throw new PressluftError(
    errors.ansibleMissing,
    `No Python between 3.${oldestMinor} and 3.${newestMinor} was found${found.length === 0 ? '' : ` (${found.join(', ')})`}`,
    {
      hint: 'On Debian and Ubuntu: apt-get install python3 python3-venv',
    },
  );
}

async function versionOf(file: string, path: string): Promise<string | undefined> {
  const program = 'import platform; print(platform.python_version())';
  try {
    const result = await runProcess({
      file,
      args: ['-I', '-c', program],
      env: { PATH: path },
      timeoutMs: 20_000,
    });
    return result.exitCode === 0 ? result.stdout.trim() : undefined;
  } catch {
    return undefined;
  }
}
