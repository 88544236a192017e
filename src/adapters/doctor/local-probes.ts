import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { DoctorProbes, LabFacts, StateDirectoryFacts, Tool } from '../../ports/doctor-probes.ts';
import { findPython } from '../ansible/find-python.ts';
import { locatePlaybookCommand } from '../ansible/locate-playbook.ts';
import { readRequirements } from '../ansible/python-requirements.ts';
import { systemClock } from '../clock.ts';
import { runProcess } from '../process/run-process.ts';
import { probeAgeKey } from '../secrets/probe-age-key.ts';
import { probeStore } from './store-state.ts';

interface LocalProbesOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stateDir: string;
  readonly ansibleRoot: string;
  readonly ansibleVenv: string;
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Arguments that make a tool print its version; null for a tool without such an option. */
const versionArguments: Readonly<Record<Tool, readonly string[] | null>> = {
  git: ['--version'],
  ssh: ['-V'],
  'ssh-keygen': null,
};

/** The probes of this machine; the caller adds those of the repository and the providers. */
export function createLocalProbes(
  options: LocalProbesOptions,
): Omit<DoctorProbes, 'repository' | 'codeOfNodes'> {
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
      // ssh prints its version on standard error.
      return (result.stdout || result.stderr).split('\n', 1)[0] ?? '';
    },
    python: () => findPython(path),
    async ansible(signal) {
      const { ansibleCore } = await readRequirements(ansibleRoot);
      const directory = await locatePlaybookCommand(ansibleRoot, ansibleVenv, env);
      const result = await runProcess({
        file: join(directory, 'ansible-playbook'),
        args: ['--version'],
        // Ansible creates its directories even to print its version, so they are placed in a temporary directory.
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

const tools = ['systemd-nspawn', 'debootstrap', 'ip', 'nft', 'unshare', 'flock'] as const;

/** Host features that the lab's machines need; tested by use where that leaves nothing behind. */
async function probeLab(path: string, signal: AbortSignal): Promise<LabFacts> {
  const found = await Promise.all(tools.map((tool) => findProgram(tool, path)));
  const [overlayFs, networkNamespaces] = await Promise.all([hasOverlay(), canUnshare(path, signal)]);
  return {
    linux: process.platform === 'linux',
    root: process.getuid?.() === 0,
    missingTools: tools.filter((_tool, index) => found[index] === null),
    overlayFs,
    networkNamespaces,
  };
}

/** Loaded, or available as a module that the first mount loads. */
async function hasOverlay(): Promise<boolean> {
  const loaded = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (/\boverlay$/m.test(loaded)) return true;
  const release = await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => '');
  const modules = await readFile(`/lib/modules/${release.trim()}/modules.dep`, 'utf8').catch(() => '');
  return /\/overlay\.ko/.test(modules);
}

/** Tries to create a network namespace that ends with the command. */
async function canUnshare(path: string, signal: AbortSignal): Promise<boolean> {
  try {
    const result = await runProcess({
      file: 'unshare',
      args: ['--net', 'true'],
      env: { PATH: path },
      timeoutMs: 5_000,
      signal,
    });
    return result.exitCode === 0;
  } catch {
    return false;
  }
}

/** Path of an executable file on the PATH, or null. */
async function findProgram(name: string, path: string): Promise<string | null> {
  for (const directory of path.split(delimiter)) {
    if (directory === '') continue;
    const file = join(directory, name);
    try {
      await access(file, constants.X_OK);
      if ((await stat(file)).isFile()) return file;
    } catch {
      // Missing or not executable: the next directory may have it.
    }
  }
  return null;
}

/** Checks the state directory, or its nearest existing parent; creates nothing. `path` is absolute. */
export async function probeStateDirectory(path: string): Promise<StateDirectoryFacts> {
  const there = await nearestExisting(path);
  const exists = there === path;
  const [stats, space] = await Promise.all([stat(there), statfs(there)]);
  return {
    path,
    exists,
    isDirectory: stats.isDirectory(),
    writable: stats.isDirectory() && (await mayWrite(there)),
    mode: exists ? stats.mode & 0o777 : null,
    freeBytes: space.bavail * space.bsize,
    freeInodes: space.files === 0 ? null : space.ffree,
  };
}

async function nearestExisting(path: string): Promise<string> {
  for (let candidate = path; ; candidate = dirname(candidate)) {
    const exists = await stat(candidate).then(
      () => true,
      () => false,
    );
    if (exists || candidate === dirname(candidate)) return candidate;
  }
}

async function mayWrite(path: string): Promise<boolean> {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
