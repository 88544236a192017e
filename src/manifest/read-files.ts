import { diagnosticCodes } from './diagnostics/catalogue.ts';
import { makeFileDiagnostic } from './diagnostics/make-diagnostic.ts';
import { limits } from './limits.ts';
import { type CachedFile, cachedFile, type ManifestCache } from './manifest-cache.ts';
import { isManifestEntry, isManifestPath, type ManifestFile } from './manifest-file.ts';
import { parseFile } from './parse-file.ts';
import type { ParsedFile } from './parsed-file.ts';

/** Parses the manifest files that are not cached yet, sorted by path, and leaves exactly these files in the cache. */
export function readFiles(
  files: readonly ManifestFile[],
  cache: ManifestCache,
  ignoreStatusPaths: boolean,
): ParsedFile[] {
  const kept = new Map<string, CachedFile>();
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  for (const file of sorted) {
    if (isManifestEntry(file, ignoreStatusPaths)) kept.set(file.path, known(file, cache));
  }
  cache.files = kept;
  return withinLimit([...kept.values()].map(({ parsed }) => parsed));
}

/** Parses files into the cache before {@link readFiles} asks for them, so that their bytes need not stay in memory until then. */
export function parseAhead(files: readonly ManifestFile[], cache: ManifestCache): void {
  for (const file of files) cache.files.set(file.path, known(file, cache));
}

function known(file: ManifestFile, cache: ManifestCache): CachedFile {
  const { kind, oid } = file;
  return cachedFile(cache, file) ?? { kind, oid, parsed: parse(file, cache) };
}

function parse(file: ManifestFile, cache: ManifestCache): ParsedFile {
  if (isManifestPath(file.path)) return parseFile(file, cache.validators);
  const unread = { path: file.path, text: undefined, documentCount: 0, documents: [] };
  if (file.kind === 'file') return { ...unread, diagnostics: [] };
  const message = `this ${file.kind} is not followed; manifests behind it are not read`;
  const diagnostic = makeFileDiagnostic(file.path, {
    code: diagnosticCodes.notAFile,
    severity: 'warning',
    message,
  });
  return { ...unread, diagnostics: [diagnostic], loss: { kind: file.kind, line: 1 } };
}

/** The first files in order of path are read; those beyond the limit are reported as unreadable. */
function withinLimit(files: readonly ParsedFile[]): ParsedFile[] {
  let count = 0;
  return files.map((file) => {
    count += file.documentCount;
    if (file.documentCount === 0 || count <= limits.fleetDocuments) return file;
    const message = `the repository has more than ${limits.fleetDocuments} documents; this file is not read`;
    return {
      ...file,
      diagnostics: [makeFileDiagnostic(file.path, { code: diagnosticCodes.tooManyDocuments, message })],
    };
  });
}
