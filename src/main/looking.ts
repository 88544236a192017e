import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { contentVersion } from '../adapters/ansible/content-version.ts';
import { systemClock } from '../adapters/clock.ts';
import { openLocalLook } from '../adapters/git/local-look.ts';
import type { Looking, LookingFlags } from '../cli/context.ts';
import { createPassMemory } from '../reconcile/memory.ts';
import { ansibleRoot } from './paths.ts';
import { readSettings } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * What looking at manifests and records takes: the repository, and no state directory, key or virtualenv. A repository on this machine
 * is read where it lies; of any other a clone is made, in the state directory if one is named, else for the time of the command.
 */
export async function openLooking(flags: LookingFlags, env: Env, cwd: string): Promise<Looking> {
  const repo = flags.repo ?? env.PRESSLUFT_REPO ?? resolve(cwd, flags.dir ?? '.');
  const settings = readSettings({ ...flags, repo }, env, cwd, 'warn');
  const base = {
    clock: systemClock,
    memory: createPassMemory(),
    artifactMirror: settings.artifactMirror,
    contentVersion: () => contentVersion(ansibleRoot),
  };
  if (settings.repo.startsWith('/')) {
    const branch = flags.branch ?? env.PRESSLUFT_BRANCH;
    const git = await openLocalLook({ path: settings.repo, branch });
    return { ...base, git, close: async () => git.close() };
  }
  const kept = flags.stateDir ?? env.PRESSLUFT_STATE_DIR;
  const dir = kept === undefined ? await mkdtemp(join(tmpdir(), 'pressluft-look-')) : settings.stateDir;
  const close = async () => {
    if (kept === undefined) await rm(dir, { recursive: true, force: true });
  };
  try {
    const { cloneToLook } = await import('./session.ts');
    return { ...base, git: await cloneToLook(settings, env, join(dir, 'looking.git')), close };
  } catch (error) {
    await close();
    throw error;
  }
}
