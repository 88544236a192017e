import type { NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { ObservedFleet, ObservedProvider, ObservedServer } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { Deps } from '../ports/index.ts';
import { type NodeSighting, observeNode } from './observe-node.ts';
import { observeProviders } from './observe-providers.ts';

/** Looks at all providers, then at all nodes at the same time: one SSH round trip for each. */
export async function observe(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  signal: AbortSignal,
): Promise<ObservedFleet> {
  const providers = await observeProviders(deps, desired, signal);
  const nodes = await Promise.all(
    sightings(desired, providers).map((sighting) => observeNode(deps, desired, recorded, sighting, signal)),
  );
  return { providers, nodes: new Map(nodes.map((node) => [node.name, node])) };
}

/** Looks again at some nodes only, after work on them. */
export async function observeAgain(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  before: ObservedFleet,
  names: ReadonlySet<NodeName>,
  signal: AbortSignal,
): Promise<ObservedFleet> {
  if (names.size === 0) return before;
  const providers = await observeProviders(deps, desired, signal);
  const again = sightings(desired, providers).filter((sighting) => names.has(sighting.name));
  const seen = await Promise.all(
    again.map((sighting) => observeNode(deps, desired, recorded, sighting, signal)),
  );
  const kept = [...before.nodes].filter(([name]) => !names.has(name));
  return { providers, nodes: new Map([...kept, ...seen.map((node) => [node.name, node] as const)]) };
}

/** Every node that is desired, plus every server that carries our labels and is no longer desired. */
function sightings(
  desired: DesiredFleet,
  providers: ReadonlyMap<ProviderName, ObservedProvider>,
): readonly NodeSighting[] {
  const servers = [...providers.values()].flatMap((provider) => provider.servers);
  const wanted = [...desired.nodes.values()].map((node): NodeSighting => {
    if (node.kind === 'static') return { name: node.name, server: null, staticAddress: node.address };
    const provider = providers.get(node.provider);
    const server = servers.find((candidate) => candidate.uid === node.uid) ?? null;
    // An interval without an answer proves nothing: only a connected provider can say that a server is gone.
    return {
      name: node.name,
      server: provider?.state === 'connected' ? server : 'unknown',
      staticAddress: null,
    };
  });
  const orphans = servers.flatMap((server): NodeSighting[] => {
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
