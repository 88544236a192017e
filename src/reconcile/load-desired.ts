import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import {
  isCached,
  isManifestEntry,
  isManifestPath,
  type KnownFacts,
  type LoadedFleet,
  limits,
  loadFleet,
  type ManifestFile,
  parseAhead,
} from '../manifest/index.ts';
import type { GitReader, TreeFile } from '../ports/git-repository.ts';
import type { PassMemory } from './memory.ts';

export interface LoadOptions {
  /** Mirror that replaces the public download sites in default URLs. */
  readonly artifactMirror?: string | undefined;
  /** Facts from outside the manifests; see {@link factsNow}. They affect warnings only. */
  readonly facts?: KnownFacts | undefined;
}

/**
 * Reads and checks the manifests of a commit. The result of the last commit is cached, since a commit never changes; with another value of
 * `facts` the manifests are checked again, without reading them.
 */
export async function loadDesired(
  git: Pick<GitReader, 'list' | 'read'>,
  commit: CommitSha,
  memory: PassMemory,
  { artifactMirror, facts }: LoadOptions,
): Promise<LoadedFleet> {
  const known = memory.manifests;
  if (known?.commit === commit && known.facts === facts) return known.value;
  const entries = (await git.list(commit)).filter((entry) => isManifestEntry(entry));
  await readAhead(git, entries, memory);
  const files = entries.map((entry): ManifestFile => ({ ...entry, bytes: 'cached' }));
  const mirror = artifactMirror === undefined ? {} : { artifactMirror };
  const value = loadFleet(files, commit, { ...mirror, ...facts, cache: memory.manifestCache });
  memory.manifests = { commit, facts, value };
  return value;
}

/** Enough to keep the reader busy while the previous files are parsed, and few enough for memory. */
const readTogether = 128;

/** Reads and parses files that are not cached yet; the next files are read while the previous ones are parsed. */
async function readAhead(
  git: Pick<GitReader, 'read'>,
  entries: readonly TreeFile[],
  { manifestCache }: PassMemory,
): Promise<void> {
  const unknown = entries.filter((entry) => !isCached(manifestCache, entry));
  const read = (from: number) =>
    Promise.all(unknown.slice(from, from + readTogether).map((entry) => readManifest(git, entry)));
  let next = read(0);
  for (let from = 0; from < unknown.length; from += readTogether) {
    const files = await next;
    next = read(from + readTogether);
    // Not awaited while the previous files are parsed.
    next.catch(() => {});
    parseAhead(files, manifestCache);
  }
}

export async function readManifest(
  git: Pick<GitReader, 'read'>,
  { path, oid, kind }: TreeFile,
): Promise<ManifestFile> {
  // Targets of symlinks and submodules are never read; the loader reports them. Of other files only the path matters.
  if (kind !== 'file' || !isManifestPath(path)) return { path, oid, kind, bytes: new Uint8Array() };
  try {
    return { path, oid, kind, bytes: await git.read(oid, limits.fileBytes) };
  } catch (error) {
    if (!isPressluftError(error, errors.cloneIncomplete)) throw error;
    return { path, oid, kind, bytes: { tooLarge: limits.fileBytes + 1 } };
  }
}
