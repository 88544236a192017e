import type { CommitSha } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { isPressluftError } from '../fleet/errors.ts';
import {
  isCached,
  isManifestEntry,
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
  /** Replaces the public download sites in default URLs. */
  readonly artifactMirror?: string | undefined;
  /** What is known beside the manifests; see {@link factsNow}. Decides about warnings only. */
  readonly facts?: KnownFacts | undefined;
}

/**
 * Reads and checks the manifests of a commit; those of the last commit are kept, since a commit never changes, until another value of
 * `facts` is given: then what was read is checked again.
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

/** Enough to keep the reader busy while the files before are parsed, and few enough to hold. */
const readTogether = 128;

/** Reads and parses what is not known yet; the next files are read while those before are parsed. */
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
    // Nobody waits for it while the files before are parsed.
    next.catch(() => {});
    parseAhead(files, manifestCache);
  }
}

export async function readManifest(
  git: Pick<GitReader, 'read'>,
  { path, oid, kind }: TreeFile,
): Promise<ManifestFile> {
  // What a symlink or submodule points to is never read; the loader reports it.
  if (kind !== 'file') return { path, oid, kind, bytes: new Uint8Array() };
  try {
    return { path, oid, kind, bytes: await git.read(oid, limits.fileBytes) };
  } catch (error) {
    if (!isPressluftError(error, errors.cloneIncomplete)) throw error;
    return { path, oid, kind, bytes: { tooLarge: limits.fileBytes + 1 } };
  }
}
