import type { CommitSha } from '../../fleet/brand.ts';
import type { FleetConfig } from '../../fleet/config.ts';
import type { DesiredFleet, DesiredResources } from '../../fleet/desired.ts';
import type { Quarantine } from '../../fleet/quarantine.ts';
import { type Locate, resourceKinds } from '../../fleet/resource.ts';
import { type FleetIndex, type Located, referred } from '../fleet-index.ts';
import { manifestKinds } from '../kinds/index.ts';
import type { CollectionName, Resolution } from '../kinds/manifest-kind.ts';
import type { ParsedDocument } from '../parsed-file.ts';
import { cachedConfig, cachedResource, type ResolvedCache } from './resolved-cache.ts';

export interface ResolveInput {
  readonly index: FleetIndex;
  readonly quarantine: Quarantine;
  /** The Pressluft manifest; valid. */
  readonly config: ParsedDocument;
  readonly commit: CommitSha;
  readonly artifactMirror: string | undefined;
  readonly locate: Locate;
  readonly cache: ResolvedCache;
}

/** Typed resources with defaults filled in, of all documents that are not in quarantine. */
export function resolveFleet(input: ResolveInput): DesiredFleet {
  const { index, quarantine, commit, locate } = input;
  const config = cachedConfig(input.cache, input.config, input.artifactMirror);
  const collections = new Map<CollectionName, ReadonlyMap<string, unknown>>();
  for (const kind of resourceKinds) {
    const { resolution } = manifestKinds[kind];
    if (resolution === null) continue;
    collections.set(resolution.collection, resolveKind(input, config, index.byKind[kind], resolution));
  }
  // The declaration of each kind checks the type of its collection.
  const resources = Object.fromEntries(collections) as unknown as DesiredResources;
  return { ...resources, commit, config, quarantine, locate };
}

function resolveKind(
  { index, quarantine, cache }: ResolveInput,
  config: FleetConfig,
  all: readonly Located[],
  { resolve }: Resolution,
): ReadonlyMap<string, unknown> {
  const resources = new Map<string, unknown>();
  for (const { document } of all) {
    if (quarantine.resources.has(document.ref)) continue;
    const target = (field: string) => referred(index, document, field)?.document;
    const resource = cachedResource<ReturnType<Resolution['resolve']>>(
      cache,
      document,
      { config, target },
      resolve,
    );
    if (resource !== undefined) resources.set(resource.name, resource);
  }
  return resources;
}
