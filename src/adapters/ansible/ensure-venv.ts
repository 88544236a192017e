import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import { runProcess } from '../process/run-process.ts';
import { type ExclusiveLock, tryExclusiveLock } from '../sqlite/exclusive-lock.ts';
import { findPython } from './find-python.ts';
import { playbookVersion } from './playbook-command.ts';
import { type PythonRequirements, readRequirements } from './python-requirements.ts';

export interface EnsureVenvOptions {
  /** The directory with `requirements.txt`. */
  readonly root: string;
  readonly venvDir: string;
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
  /** PATH for finding Python, and the settings of pip; default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const installTimeoutMs = 600_000;
const lockPollMs = 250;

/** Written first; marks a directory that Pressluft may empty when its installation was interrupted. */
const ownershipMarker = '.pressluft-venv';
const completionMarkerName = '.pressluft-complete';

/** Written last, with the hash of requirements.txt: a virtualenv without it is incomplete, out of date, or made by hand. */
export function completionMarker(venvDir: string): string {
  return join(venvDir, completionMarkerName);
}

/**
 * Creates the virtualenv with the pinned ansible-core unless it exists. Safe to call from several processes at once: one
 * works, the others wait; after a crash the next call starts over. Throws PL3013, PL3015.
 */
export async function ensureVenv(options: EnsureVenvOptions): Promise<void> {
  const { root, venvDir, signal } = options;
  const requirements = await readRequirements(root);
  if (await isComplete(venvDir, requirements)) return;

  await mkdir(dirname(venvDir), { recursive: true });
  const lock = await waitForLock(`${venvDir}.lock`, options);
  try {
    if (await isComplete(venvDir, requirements)) return;
    const version = await playbookVersion(join(venvDir, 'bin'), options.env ?? process.env);
    if (version === requirements.ansibleCore && !(await isOwn(venvDir))) return;
    await build(venvDir, requirements, options);
  } catch (error) {
    if (signal?.aborted === true) throw canceled(signal);
    throw error;
  } finally {
    lock.release();
  }
}

async function build(
  venvDir: string,
  requirements: PythonRequirements,
  options: EnsureVenvOptions,
): Promise<void> {
  const env = installerEnvironment(options.env ?? process.env);
  const python = await findPython(env.PATH ?? '/usr/bin:/bin');
  options.onProgress?.(
    `making a virtualenv for ansible-core ${requirements.ansibleCore} with Python ${python.version}`,
  );
  await clear(venvDir);
  await step(python.file, ['-m', 'venv', venvDir], options, (output) =>
    /ensurepip is not\s+available|No module named (venv|ensurepip)/.test(output)
      ? `On Debian and Ubuntu: apt-get install python${python.version.split('.').slice(0, 2).join('.')}-venv`
      : undefined,
  );
  options.onProgress?.(`installing ansible-core ${requirements.ansibleCore}`);
  const pip = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    // Nothing is built, since a build would run code and fetch more without a hash.
    '--require-hashes',
    '--only-binary',
    ':all:',
    '-r',
    requirements.path,
  ];
  await step(
    join(venvDir, 'bin', 'python'),
    pip,
    options,
    () => 'Check that the Python package index can be reached; PIP_INDEX_URL and HTTPS_PROXY are honoured.',
  );
  await step(join(venvDir, 'bin', 'ansible-playbook'), ['--version'], options, () => undefined);
  const marker = completionMarker(venvDir);
  await writeFile(`${marker}.new`, `${requirements.sha256}\n`, { flush: true });
  await rename(`${marker}.new`, marker);
  options.onProgress?.(`ansible-core ${requirements.ansibleCore} is ready`);
}

/** Empties the directory of an earlier attempt. A directory that Pressluft did not create is left alone. */
async function clear(venvDir: string): Promise<void> {
  const entries = await readdir(venvDir).catch((): string[] => []);
  if (entries.length > 0 && !(await isOwn(venvDir))) {
    throw new PressluftError(
      errors.ansibleMissing,
      `${venvDir} was not made by Pressluft and lacks the pinned ansible-core`,
      {
        hint: 'Install the requirements there by hand, move it away, or choose another directory for the virtualenv.',
      },
    );
  }
  await rm(venvDir, { recursive: true, force: true });
  await mkdir(venvDir);
  await writeFile(join(venvDir, ownershipMarker), '');
}

async function step(
  file: string,
  args: readonly string[],
  { signal, env }: EnsureVenvOptions,
  hintFor: (output: string) => string | undefined,
): Promise<void> {
  const result = await runProcess({
    file,
    args,
    env: installerEnvironment(env ?? process.env),
    timeoutMs: installTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (result.exitCode === 0) return;
  const output = `${result.stdout}\n${result.stderr}`.trim();
  const hint = hintFor(output);
  const reason = result.timedOut ? `took more than ${installTimeoutMs / 1000} s` : output.slice(-1500);
  throw new PressluftError(errors.ansibleMissing, `The Ansible environment cannot be made: ${reason}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { file, args, exitCode: result.exitCode },
  });
}

async function isOwn(venvDir: string): Promise<boolean> {
  const entries = await readdir(venvDir).catch((): string[] => []);
  return entries.includes(ownershipMarker) || entries.includes(completionMarkerName);
}

async function isComplete(venvDir: string, requirements: PythonRequirements): Promise<boolean> {
  const marker = await readFile(completionMarker(venvDir), 'utf8').catch(() => '');
  return marker.trim() === requirements.sha256;
}

async function waitForLock(path: string, { onProgress, signal }: EnsureVenvOptions): Promise<ExclusiveLock> {
  for (let told = false; ; told = true) {
    if (signal?.aborted === true) throw canceled(signal);
    const lock = tryExclusiveLock(path);
    if (lock !== null) return lock;
    if (!told) onProgress?.('waiting for another process that makes the Ansible environment');
    await new Promise((resolve) => setTimeout(resolve, lockPollMs));
  }
}

/** Only the variables that select the package source: an inherited PYTHONPATH would break the isolation. */
function installerEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const wanted = /^(PATH|HOME|TMPDIR|PIP_.+|(HTTPS?|NO|ALL)_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE)$/i;
  const inherited = Object.entries(env).filter(([name, value]) => wanted.test(name) && value !== undefined);
  return { ...(Object.fromEntries(inherited) as Record<string, string>), LC_ALL: 'C.UTF-8' };
}

function canceled(signal: AbortSignal): PressluftError {
  return new PressluftError(errors.cancelled, 'Making the Ansible environment was cancelled', {
    cause: signal.reason,
  });
}
