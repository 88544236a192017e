import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../process/run-process.ts';

export interface PlaybookCommand {
  readonly binDirectory: string;
  readonly file: string;
  /** Placed before the arguments of ansible-playbook. */
  readonly args: readonly string[];
}

/** Ansible keeps the output of a node in memory without a limit; a run needs about 200 MiB of address space. */
export const withLimitedMemory = `import resource, sys
if sys.platform == 'linux':
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
`;

/** `launch.py` of the content, which reads its arguments as ansible-playbook does. */
const launch = `import runpy
runpy.run_path(sys.argv.pop(1), run_name='__main__')`;

/**
 * How to call the `ansible-playbook` of a directory: through `launch.py` of the content `root`, by the Python beside it, when the
 * directory belongs to a virtualenv.
 */
export async function playbookCommand(root: string, binDirectory: string): Promise<PlaybookCommand> {
  const python = join(binDirectory, 'python');
  const isVenv = existsSync(join(binDirectory, '..', 'pyvenv.cfg')) && (await isExecutable(python));
  if (!isVenv) return { binDirectory, file: join(binDirectory, 'ansible-playbook'), args: [] };
  return {
    binDirectory,
    file: python,
    args: ['-I', '-c', withLimitedMemory + launch, join(root, 'launch.py')],
  };
}

/** Version of ansible-core of the `ansible-playbook` in a directory; undefined when none works. */
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

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
