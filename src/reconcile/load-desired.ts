import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError } from '../fleet/errors.ts';
import { loadFleet, type ManifestFile, type Manifests, maxFileBytes } from '../manifest/index.ts';
import type { GitRepository } from '../ports/git-repository.ts';
import type { PassMemory } from './memory.ts';

export interface LoadOptions {
  /** Replaces the public download sites in default URLs. */
  readonly artifactMirror?: string;
}

/** Reads and checks the manifests of a commit; the last commit's are kept, since a commit never changes. */
export async function loadDesired(
  git: GitRepository,
  commit: CommitSha,
  memory: PassMemory,
  options: LoadOptions,
): Promise<Manifests> {
  if (memory.manifests?.commit === commit) return memory.manifests.value;
  const files: ManifestFile[] = [];
  for (const entry of await git.list(commit)) {
    if (!/\.ya?ml$/.test(entry.path)) continue;
    files.push(await readManifest(git, entry));
  }
  const value = loadFleet(files, commit, { ...options, cache: memory.manifestCache });
  memory.manifests = { commit, value };
  return value;
}

async function readManifest(
  git: GitRepository,
  { path, oid, kind }: { path: string; oid: string; kind: ManifestFile['kind'] },
): Promise<ManifestFile> {
  // What a symlink or submodule points to is never read; the loader reports it.
  if (kind !== 'file') return { path, oid, kind, bytes: new Uint8Array() };
  try {
    return { path, oid, kind, bytes: await git.read(oid, maxFileBytes) };
  } catch (error) {
    if (isPressluftError(error, 'PL3008')) return { path, oid, kind, bytes: { tooLarge: maxFileBytes + 1 } };
    throw error;
  }
}
