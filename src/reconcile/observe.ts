import type { EnvironmentName, NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ObservedFleet, ObservedNode, ObservedProvider, ObservedServer } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { ActionResult } from '../fleet/run.ts';
import type { Deps } from '../ports/index.ts';
import { type NodeObservation, observeNode } from './observe-node.ts';
import { observeProviders } from './observe-providers.ts';
import type { OfferMemory } from './offers.ts';

/** Observes all providers, then all nodes in parallel, with one SSH round trip for each. */
export async function observe(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  signal: AbortSignal,
  offers: OfferMemory | null = null,
): Promise<ObservedFleet> {
  const providers = await observeProviders(deps, desired, signal, offers, recorded);
  const nodes = await Promise.all(
    observations(desired, providers).map((observation) =>
      observeNode(deps, desired, recorded, observation, signal),
    ),
  );
  return { providers, nodes: new Map(nodes.map((node) => [node.name, node])) };
}

export interface Work {
  /** Nodes that were worked on. */
  readonly touched: ReadonlySet<NodeName>;
  readonly results: readonly ActionResult[];
}

/**
 * Observes again the nodes that were worked on. Providers are queried again only after work on servers. After work on environments, a page
 * is requested from these only: a reload has emptied the code cache of PHP, so the first page of every other environment is slow.
 */
export async function observeAgain(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  before: ObservedFleet,
  { touched, results }: Work,
  signal: AbortSignal,
  offers: OfferMemory | null = null,
): Promise<ObservedFleet> {
  if (touched.size === 0) return before;
  const servers = results.filter(({ kind }) => kind.startsWith('node.')).map(({ resource }) => resource);
  const sites = results.flatMap(({ resource }) => parseResourceRef(resource) ?? []).flatMap(environmentOf);
  const providers =
    servers.length > 0 ? await observeProviders(deps, desired, signal, offers, recorded) : before.providers;
  const again = observations(desired, providers).filter((observation) => touched.has(observation.name));
  const seen = await Promise.all(
    again.map(async (observation) => {
      if (servers.includes(resourceRef('Node', observation.name)))
        return observeNode(deps, desired, recorded, observation, signal);
      const node = await observeNode(deps, desired, recorded, observation, signal, sites);
      return withPagesOf(before, node, sites);
    }),
  );
  const kept = [...before.nodes].filter(([name]) => !touched.has(name));
  return { providers, nodes: new Map([...kept, ...seen.map((node) => [node.name, node] as const)]) };
}

function environmentOf({ kind, name }: { kind: string; name: string }): readonly EnvironmentName[] {
  return kind === 'Environment' ? [name as EnvironmentName] : [];
}

/** Environments without a page request keep their previous HTTP result. */
function withPagesOf(
  before: ObservedFleet,
  node: ObservedNode,
  asked: readonly EnvironmentName[],
): ObservedNode {
  const earlier = before.nodes.get(node.name)?.environments;
  const environments = [...node.environments].map(([name, environment]) => {
    const http = asked.includes(name) ? environment.http : (earlier?.get(name)?.http ?? environment.http);
    return [name, { ...environment, http }] as const;
  });
  return { ...node, environments: new Map(environments) };
}

/** Every node that is desired, plus every server that carries our labels and is no longer desired. */
function observations(
  desired: DesiredFleet,
  providers: ReadonlyMap<ProviderName, ObservedProvider>,
): readonly NodeObservation[] {
  const servers = [...providers.values()].flatMap((provider) => provider.servers);
  const wanted = [...desired.nodes.values()].map((node): NodeObservation => {
    if (node.kind === 'existing') return { name: node.name, server: null, staticAddress: node.address };
    const provider = providers.get(node.provider);
    const server = servers.find((candidate) => candidate.uid === node.uid) ?? null;
    // A missing answer proves nothing: only a connected provider can report that a server is gone.
    return {
      name: node.name,
      server: provider?.state === 'connected' ? server : 'unknown',
      staticAddress: null,
    };
  });
  const orphans = servers.flatMap((server): NodeObservation[] => {
    const name = nodeNameOf(server);
    return name === null ||
      desired.nodes.has(name) ||
      desired.quarantine.resources.has(resourceRef('Node', name))
      ? []
      : [{ name, server, staticAddress: null }];
  });
  return [...wanted, ...orphans];
}

function nodeNameOf(server: ObservedServer): NodeName | null {
  const parsed = server.resource === null ? undefined : parseResourceRef(server.resource);
  return parsed?.kind === 'Node' ? (parsed.name as NodeName) : null;
}
