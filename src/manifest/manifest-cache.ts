import type { ManifestFile } from './manifest-file.ts';
import type { ParsedFile } from './parse-file.ts';
import { createResolvedCache, type ResolvedCache } from './resolve/resolved-cache.ts';
import { compileValidators, type Validators } from './schema/validators.ts';

/** Kept between loads by whoever calls them; holds the files of the last load only. */
export interface ManifestCache {
  readonly validators: Validators;
  files: ReadonlyMap<string, ParsedFile>;
  readonly resolved: ResolvedCache;
}

export function createManifestCache(): ManifestCache {
  return { validators: compileValidators(), files: new Map(), resolved: createResolvedCache() };
}

/** Whether the content of a file is known, so that it need not be read: pass `bytes: 'cached'` then. */
export function isCached(cache: ManifestCache, file: Pick<ManifestFile, 'path' | 'oid' | 'kind'>): boolean {
  return cache.files.has(cacheKey(file));
}

/** The path counts too: it stands in the diagnostics, and pressluft.yaml has rules of its own. */
export function cacheKey(file: Pick<ManifestFile, 'path' | 'oid' | 'kind'>): string {
  return `${file.kind} ${file.oid} ${file.path}`;
}
