import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { contentVersion } from '../adapters/ansible/content-version.ts';
import { systemClock } from '../adapters/clock.ts';
import { openLocalReader } from '../adapters/git/local-reader.ts';
import { runProcess } from '../adapters/process/run-process.ts';
import { createSignatures } from '../adapters/signatures/create-signatures.ts';
import type { ReadOnlySession, ReadOnlySessionFlags } from '../cli/context.ts';
import { createPassMemory } from '../reconcile/memory.ts';
import { ansibleRoot } from './paths.ts';
import { readSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Opens a session that reads manifests and records. It needs the repository, but no state directory, key or virtualenv. A local
 * repository is read in place. Any other is cloned: into the state directory if one is given, else temporarily.
 */
export async function openReadOnlySession(
  flags: ReadOnlySessionFlags,
  env: Env,
  cwd: string,
): Promise<ReadOnlySession> {
  const repo = flags.repo ?? env.PRESSLUFT_REPO ?? resolve(cwd, flags.dir ?? '.');
  const settings = readSettings({ ...flags, repo }, env, cwd, 'warn');
  const base = {
    clock: systemClock,
    signatures: createSignatures(),
    memory: createPassMemory(),
    artifactMirror: settings.artifactMirror,
    contentVersion: () => contentVersion(ansibleRoot),
    operator: () => operator(env, cwd),
  };
  if (settings.repo.startsWith('/') && flags.forWriting !== true) {
    const branch = flags.branch ?? env.PRESSLUFT_BRANCH;
    const git = await openLocalReader({ path: settings.repo, branch });
    return { ...base, git, repository: null, close: async () => git.close() };
  }
  const stateDir = flags.stateDir ?? env.PRESSLUFT_STATE_DIR;
  const dir = stateDir === undefined ? await mkdtemp(join(tmpdir(), 'pressluft-read-')) : settings.stateDir;
  const close = async () => {
    if (stateDir === undefined) await rm(dir, { recursive: true, force: true });
  };
  try {
    const { cloneForReading } = await import('./session.ts');
    const git = await cloneForReading(settings, env, join(dir, 'looking.git'));
    return { ...base, git, repository: flags.forWriting === true ? git : null, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads the Git configuration of the user. */
async function operator(env: Env, cwd: string): Promise<string | null> {
  const name = await gitConfig('user.name', env, cwd);
  const mail = await gitConfig('user.email', env, cwd);
  if (name !== '' && mail !== '') return `${name} <${mail}>`;
  return [name, mail, env.USER ?? '', env.LOGNAME ?? ''].find((word) => word !== '') ?? null;
}

async function gitConfig(key: string, env: Env, cwd: string): Promise<string> {
  const { HOME, PATH, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL } = env;
  const result = await runProcess({
    file: 'git',
    args: ['config', '--get', key],
    env: Object.fromEntries(
      Object.entries({ HOME, PATH, XDG_CONFIG_HOME, GIT_CONFIG_GLOBAL }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    ),
    cwd,
    timeoutMs: 10_000,
    maxOutputBytes: 4096,
  }).catch(() => null);
  return result?.exitCode === 0 ? (result.stdout.trim().split('\n')[0] ?? '') : '';
}
