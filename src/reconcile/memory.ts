import type { CommitSha } from '../fleet/brand.ts';
import { createManifestCache, type LoadedFleet, type ManifestCache } from '../manifest/index.ts';
import { createStatusCache, type StatusCache } from '../record/load-recorded.ts';

/** What is kept between passes: derived from immutable Git objects only, never from what was observed. */
export interface PassMemory {
  readonly statusCache: StatusCache;
  readonly manifestCache: ManifestCache;
  manifests: { readonly commit: CommitSha; readonly value: LoadedFleet } | null;
}

export function createPassMemory(): PassMemory {
  return { statusCache: createStatusCache(), manifestCache: createManifestCache(), manifests: null };
}
