import type { CommitSha } from '../fleet/brand.ts';
import {
  createManifestCache,
  type KnownFacts,
  type LoadedFleet,
  type ManifestCache,
} from '../manifest/index.ts';
import { createStatusCache, type StatusCache } from '../record/load-recorded.ts';
import type { OfferMemory } from './offers.ts';

/**
 * Caches between passes: derived from immutable Git objects and never from observations, except for the server types of providers, on
 * which no action depends.
 */
export interface PassMemory {
  readonly statusCache: StatusCache;
  readonly manifestCache: ManifestCache;
  readonly offers: OfferMemory;
  /** The facts of the last load, and a key that shows whether they have changed. */
  facts: { readonly text: string; readonly value: KnownFacts } | null;
  manifests: {
    readonly commit: CommitSha;
    readonly facts: KnownFacts | undefined;
    readonly value: LoadedFleet;
  } | null;
}

export function createPassMemory(): PassMemory {
  return {
    statusCache: createStatusCache(),
    manifestCache: createManifestCache(),
    offers: new Map(),
    facts: null,
    manifests: null,
  };
}
