import type { FleetConfig } from '../../fleet/config.ts';
import type { ResolveContext } from '../kinds/manifest-kind.ts';
import { resolveConfig } from '../kinds/pressluft/resolve.ts';
import type { ParsedDocument } from '../parsed-file.ts';

/**
 * Resolved values of earlier loads by their source documents. A resource whose documents did not change stays the same object, so
 * that values derived from it can be cached as well.
 */
export interface ResolvedCache {
  config: {
    readonly document: ParsedDocument;
    readonly mirror: string | undefined;
    readonly value: FleetConfig;
  } | null;
  readonly resources: WeakMap<ParsedDocument, ResolvedResource>;
}

interface ResolvedResource {
  readonly config: FleetConfig;
  readonly value: unknown;
  /** The documents that were read while it was resolved, by field. */
  readonly targets: ReadonlyMap<string, ParsedDocument | undefined>;
}

export function createResolvedCache(): ResolvedCache {
  return { config: null, resources: new WeakMap() };
}

export function cachedConfig(
  cache: ResolvedCache,
  document: ParsedDocument,
  mirror: string | undefined,
): FleetConfig {
  if (cache.config?.document !== document || cache.config.mirror !== mirror) {
    cache.config = { document, mirror, value: resolveConfig(document, mirror) };
  }
  return cache.config.value;
}

/** Calls `resolve` for a document, unless the document, the configuration and all targets that it read are those of an earlier load. */
export function cachedResource<Resource>(
  cache: ResolvedCache,
  document: ParsedDocument,
  { config, target }: ResolveContext,
  resolve: (document: ParsedDocument, context: ResolveContext) => Resource,
): Resource {
  const known = cache.resources.get(document);
  if (known?.config === config && [...known.targets].every(([field, before]) => target(field) === before)) {
    return known.value as Resource;
  }
  const targets = new Map<string, ParsedDocument | undefined>();
  const recorded = (field: string) => {
    const found = target(field);
    targets.set(field, found);
    return found;
  };
  const value = resolve(document, { config, target: recorded });
  cache.resources.set(document, { config, value, targets });
  return value;
}
