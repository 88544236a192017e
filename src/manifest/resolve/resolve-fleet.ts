import type {
  CommitSha,
  EnvironmentName,
  NodeName,
  ProviderName,
  ResourceRef,
  SiteName,
} from '../../fleet/brand.ts';
import type {
  DesiredEnvironment,
  DesiredFleet,
  DesiredNode,
  DesiredProvider,
  DesiredSite,
  Quarantine,
} from '../../fleet/desired.ts';
import type { Locate, ResourceKind } from '../../fleet/resource.ts';
import { type FleetIndex, referred } from '../fleet-index.ts';
import type { ParsedDocument } from '../parse-file.ts';
import {
  resolveBackup,
  resolveBackupPolicy,
  resolveBackupRepository,
  resolvePromotion,
  resolveRestore,
} from './backup-kinds.ts';
import { resolveNode, resolveProvider } from './provider-and-node.ts';
import { cachedConfig, cachedEnvironment, type ResolvedCache } from './resolved-cache.ts';
import { resolveSite } from './site-and-environment.ts';

export interface ResolveInput {
  readonly index: FleetIndex;
  readonly quarantine: Quarantine;
  /** The Pressluft manifest; sound. */
  readonly config: ParsedDocument;
  readonly commit: CommitSha;
  readonly artifactMirror: string | undefined;
  readonly locate: Locate;
  readonly cache: ResolvedCache;
}

/** Typed resources with defaults filled in, of everything that is not in quarantine. */
export function resolveFleet(input: ResolveInput): DesiredFleet {
  const { index, quarantine, commit, locate } = input;
  const config = cachedConfig(input.cache, input.config, input.artifactMirror);
  const sound = (kind: ResourceKind) => soundDocuments(index, kind, quarantine.resources);
  const providers = new Map<ProviderName, DesiredProvider>();
  for (const document of sound('Provider')) {
    const provider = resolveProvider(document);
    providers.set(provider.name, provider);
  }
  const nodes = new Map<NodeName, DesiredNode>();
  for (const document of sound('Node')) {
    const provider = providers.get(targetName(index, document, 'provider') as ProviderName);
    if (provider === undefined) continue;
    const node = resolveNode(document, provider, config.fleet);
    nodes.set(node.name, node);
  }
  const sites = new Map<SiteName, DesiredSite>();
  for (const document of sound('Site')) {
    const site = resolveSite(document);
    sites.set(site.name, site);
  }
  const environments = new Map<EnvironmentName, DesiredEnvironment>();
  for (const document of sound('Environment')) {
    const site = referred(index, document, 'site');
    if (site === undefined) continue;
    const environment = cachedEnvironment(input.cache, document, site.document, config);
    environments.set(environment.name, environment);
  }
  return {
    commit,
    config,
    providers,
    nodes,
    sites,
    environments,
    backupRepositories: byName(sound('BackupRepository').map(resolveBackupRepository)),
    backupPolicies: byName(sound('BackupPolicy').map(resolveBackupPolicy)),
    backups: byName(sound('Backup').map((document) => resolveBackup(document, config.fleet))),
    restores: byName(sound('Restore').map((document) => resolveRestore(document, config.fleet))),
    promotions: byName(sound('Promotion').map((document) => resolvePromotion(document, config.fleet))),
    quarantine,
    locate,
  };
}

function byName<N extends string, T extends { readonly name: N }>(
  all: readonly T[],
): ReadonlyMap<T['name'], T> {
  return new Map(all.map((resource) => [resource.name, resource]));
}

function soundDocuments(
  index: FleetIndex,
  kind: ResourceKind,
  held: ReadonlySet<ResourceRef>,
): ParsedDocument[] {
  return index.byKind[kind].map(({ document }) => document).filter(({ ref }) => !held.has(ref));
}

function targetName(index: FleetIndex, document: ParsedDocument, field: string): string {
  const target = referred(index, document, field)?.document.ref ?? '';
  return target.slice(target.indexOf('/') + 1);
}
