import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../process/run-process.ts';

/** Version of ansible-core behind the `ansible-playbook` of a directory; undefined when there is none that works. */
export async function playbookVersion(
  binDirectory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const file = join(binDirectory, 'ansible-playbook');
  if (!(await isExecutable(file))) return undefined;
  const PATH = env.PATH ?? '/usr/bin:/bin';
  const result = await runProcess({
    file,
    args: ['--version'],
    env: { PATH, LC_ALL: 'C.UTF-8' },
    timeoutMs: 60_000,
  }).catch(() => undefined);
  return /^ansible-playbook \[core ([^\]\s]+)\]/.exec(result?.stdout ?? '')?.[1];
}

export async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
