import type { FleetConfig } from '../../fleet/config.ts';
import type { DesiredEnvironment } from '../../fleet/desired.ts';
import type { ParsedDocument } from '../parse-file.ts';
import { resolveConfig } from './fleet-config.ts';
import { resolveEnvironment } from './site-and-environment.ts';

/**
 * Resolved values of earlier loads by the documents they were made of. An environment whose documents did not change is the
 * same object again, so that what is derived from it can be kept as well.
 */
export interface ResolvedCache {
  config: {
    readonly document: ParsedDocument;
    readonly mirror: string | undefined;
    readonly value: FleetConfig;
  } | null;
  readonly environments: WeakMap<ParsedDocument, ResolvedEnvironment>;
}

interface ResolvedEnvironment {
  readonly site: ParsedDocument;
  readonly config: FleetConfig;
  readonly value: DesiredEnvironment;
}

export function createResolvedCache(): ResolvedCache {
  return { config: null, environments: new WeakMap() };
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

export function cachedEnvironment(
  cache: ResolvedCache,
  document: ParsedDocument,
  site: ParsedDocument,
  config: FleetConfig,
): DesiredEnvironment {
  const known = cache.environments.get(document);
  if (known?.site === site && known.config === config) return known.value;
  const value = resolveEnvironment(document, site, config);
  cache.environments.set(document, { site, config, value });
  return value;
}
