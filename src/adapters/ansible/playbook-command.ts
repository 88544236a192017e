import { existsSync } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '../process/run-process.ts';

export interface PlaybookCommand {
  readonly binDirectory: string;
  readonly file: string;
  /** Come before the arguments of ansible-playbook. */
  readonly args: readonly string[];
}

/** Ansible keeps whatever a node answers in memory, without a limit of its own; a run needs some 200 MiB of addresses. */
export const withLimitedMemory = `import resource, sys
if sys.platform == 'linux':
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
`;

/** A run is short and holds little, so that collecting cycles never pays: it takes a sixth of the start-up (90 of 550 ms of CPU). */
const withoutGarbageCollection = `import gc
gc.disable()
import sys
from ansible.cli.playbook import main
sys.argv[0] = 'ansible-playbook'
sys.exit(main())`;

/** How to call the `ansible-playbook` of a directory: by the Python beside it when that is a virtualenv's. */
export async function playbookCommand(binDirectory: string): Promise<PlaybookCommand> {
  const python = join(binDirectory, 'python');
  const isVenv = existsSync(join(binDirectory, '..', 'pyvenv.cfg')) && (await isExecutable(python));
  if (!isVenv) return { binDirectory, file: join(binDirectory, 'ansible-playbook'), args: [] };
  return { binDirectory, file: python, args: ['-I', '-c', withLimitedMemory + withoutGarbageCollection] };
}

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

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
