import { type CheckMemory, createCheckMemory } from './checks/local-findings.ts';
import type { IndexedFiles } from './fleet-index.ts';
import { createPlaces, type Places } from './locator.ts';
import type { ManifestFile } from './manifest-file.ts';
import type { ParsedFile } from './parsed-file.ts';
import { createResolvedCache, type ResolvedCache } from './resolve/resolved-cache.ts';
import { sharedValidators, type Validators } from './schema/validators.ts';

/** Kept between loads by the caller. Holds the files of the last load only, with the findings of each. */
export interface ManifestCache {
  readonly validators: Validators;
  /** By path. */
  files: Map<string, CachedFile>;
  readonly resolved: ResolvedCache;
  readonly checks: CheckMemory;
  readonly places: Places;
  readonly indexed: IndexedFiles;
}

export interface CachedFile {
  readonly kind: ManifestFile['kind'];
  readonly oid: string;
  readonly parsed: ParsedFile;
}

export function createManifestCache(validators: Validators = sharedValidators()): ManifestCache {
  return {
    validators,
    files: new Map(),
    resolved: createResolvedCache(),
    checks: createCheckMemory(),
    places: createPlaces(),
    indexed: new WeakMap(),
  };
}

/** Whether the content of a file is cached, so that it need not be read: pass `bytes: 'cached'` then. */
export function isCached(cache: ManifestCache, file: Pick<ManifestFile, 'path' | 'oid' | 'kind'>): boolean {
  return cachedFile(cache, file) !== undefined;
}

/** The path is part of the key: diagnostics contain it, and pressluft.yaml has its own rules. */
export function cachedFile(
  cache: ManifestCache,
  { path, oid, kind }: Pick<ManifestFile, 'path' | 'oid' | 'kind'>,
): CachedFile | undefined {
  const known = cache.files.get(path);
  return known?.oid === oid && known.kind === kind ? known : undefined;
}
