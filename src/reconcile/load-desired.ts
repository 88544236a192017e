import type { CommitSha } from '../fleet/brand.ts';
import { isPressluftError } from '../fleet/errors.ts';
import {
  isCached,
  isManifestEntry,
  type LoadedFleet,
  limits,
  loadFleet,
  type ManifestFile,
} from '../manifest/index.ts';
import type { GitReader, TreeFile } from '../ports/git-repository.ts';
import type { PassMemory } from './memory.ts';

export interface LoadOptions {
  /** Replaces the public download sites in default URLs. */
  readonly artifactMirror?: string | undefined;
}

/** Reads and checks the manifests of a commit; those of the last commit are kept, since a commit never changes. */
export async function loadDesired(
  git: Pick<GitReader, 'list' | 'read'>,
  commit: CommitSha,
  memory: PassMemory,
  { artifactMirror }: LoadOptions,
): Promise<LoadedFleet> {
  if (memory.manifests?.commit === commit) return memory.manifests.value;
  const files: ManifestFile[] = [];
  for (const entry of await git.list(commit)) {
    if (isManifestEntry(entry)) files.push(await readManifest(git, entry, memory));
  }
  const mirror = artifactMirror === undefined ? {} : { artifactMirror };
  const value = loadFleet(files, commit, { ...mirror, cache: memory.manifestCache });
  memory.manifests = { commit, value };
  return value;
}

async function readManifest(
  git: Pick<GitReader, 'list' | 'read'>,
  { path, oid, kind }: TreeFile,
  { manifestCache }: PassMemory,
): Promise<ManifestFile> {
  if (isCached(manifestCache, { path, oid, kind })) return { path, oid, kind, bytes: 'cached' };
  // What a symlink or submodule points to is never read; the loader reports it.
  if (kind !== 'file') return { path, oid, kind, bytes: new Uint8Array() };
  try {
    return { path, oid, kind, bytes: await git.read(oid, limits.fileBytes) };
  } catch (error) {
    if (!isPressluftError(error, 'PL3008')) throw error;
    return { path, oid, kind, bytes: { tooLarge: limits.fileBytes + 1 } };
  }
}
