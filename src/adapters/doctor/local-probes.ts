import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { DoctorProbes, Tool } from '../../ports/doctor-probes.ts';
import { findPython } from '../ansible/find-python.ts';
import { locatePlaybookCommand } from '../ansible/locate-playbook.ts';
import { readRequirements } from '../ansible/python-requirements.ts';
import { systemClock } from '../clock.ts';
import { runProcess } from '../process/run-process.ts';
import { probeAgeKey } from '../secrets/probe-age-key.ts';
import { findProgram } from './find-program.ts';
import { probeLab } from './lab-capability.ts';
import { probeStateDirectory } from './state-directory.ts';
import { probeStore } from './store-state.ts';

export interface LocalProbesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateDir: string;
  readonly ansibleRoot: string;
  readonly ansibleVenv: string;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Arguments that make a tool tell its version; null for one that cannot. */
const versionArguments: Readonly<Record<Tool, readonly string[] | null>> = {
  git: ['--version'],
  ssh: ['-V'],
  'ssh-keygen': null,
};

/** The probes of this machine; those of the repository and the providers are added by whoever knows them. */
export function createLocalProbes(options: LocalProbesOptions): Omit<DoctorProbes, 'repository'> {
  const { env, stateDir, ansibleRoot, ansibleVenv } = options;
  const path = env.PATH ?? defaultPath;
  return {
    clock: systemClock,
    nodeVersion: () => process.versions.node,
    async toolVersion(tool, signal) {
      const file = await findProgram(tool, path);
      const args = versionArguments[tool];
      if (file === null) return null;
      if (args === null) return '';
      const childEnv = { PATH: path, LC_ALL: 'C' };
      const result = await runProcess({ file, args, env: childEnv, timeoutMs: 10_000, signal });
      // ssh tells its version on standard error.
      return (result.stdout || result.stderr).split('\n', 1)[0] ?? '';
    },
    python: () => findPython(path),
    async ansible(signal) {
      const { ansibleCore } = await readRequirements(ansibleRoot);
      const directory = await locatePlaybookCommand(ansibleRoot, ansibleVenv, env);
      const result = await runProcess({
        file: join(directory, 'ansible-playbook'),
        args: ['--version'],
        // Ansible makes its directories even to tell its version: they go where they vanish.
        env: {
          PATH: path,
          LC_ALL: 'C.UTF-8',
          HOME: tmpdir(),
          ANSIBLE_CONFIG: join(ansibleRoot, 'ansible.cfg'),
          ANSIBLE_HOME: tmpdir(),
          ANSIBLE_LOCAL_TEMP: tmpdir(),
        },
        timeoutMs: 20_000,
        signal,
      });
      const installed = /\[core ([^\]\s]+)\]/.exec(result.stdout)?.[1];
      if (installed === undefined) throw doesNotStart(directory, result.stderr);
      return { pinned: ansibleCore, installed, directory };
    },
    stateDirectory: () => probeStateDirectory(stateDir),
    store: () => probeStore(stateDir),
    ageKey: () => probeAgeKey(env),
    lab: (signal) => probeLab(path, signal),
  };
}

function doesNotStart(directory: string, stderr: string): PressluftError {
  const reason = stderr.trim().split('\n').at(-1) ?? '';
  return new PressluftError(
    errors.ansibleMissing,
    `ansible-playbook in ${directory} does not start: ${reason.slice(0, 300)}`,
    {
      hint: 'Make the virtualenv again: pressluft doctor --fix',
    },
  );
}
