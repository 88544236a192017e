import { withPinnedServers } from '../actions/server-pins.ts';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { firewallDrift } from '../fleet/firewall-drift.ts';
import type { ObservedFleet, ObservedNode } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { ActionResult } from '../fleet/run.ts';
import type { Deps } from '../ports/index.ts';
import { nodeObservations } from './node-observations.ts';
import { observeNode } from './observe-node.ts';
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
  const known = withPinnedServers(deps.store, desired, recorded);
  const providers = await observeProviders(deps, desired, signal, offers, known);
  const nodes = await Promise.all(
    nodeObservations(desired, known, providers).map((observation) =>
      observeNode(deps, desired, recorded, observation, signal),
    ),
  );
  return {
    providers,
    nodes: new Map(nodes.map((node) => [node.name, withFirewall(desired, providers, node)])),
  };
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
  const known = withPinnedServers(deps.store, desired, recorded);
  const providers =
    servers.length > 0 ? await observeProviders(deps, desired, signal, offers, known) : before.providers;
  const again = nodeObservations(desired, known, providers).filter((observation) =>
    touched.has(observation.name),
  );
  const seen = await Promise.all(
    again.map(async (observation) => {
      if (servers.includes(resourceRef('Node', observation.name)))
        return observeNode(deps, desired, recorded, observation, signal);
      const node = await observeNode(deps, desired, recorded, observation, signal, sites);
      return withPagesOf(before, node, sites);
    }),
  );
  const kept = [...before.nodes].filter(([name]) => !touched.has(name));
  return {
    providers,
    nodes: new Map([
      ...kept,
      ...seen.map((node) => [node.name, withFirewall(desired, providers, node)] as const),
    ]),
  };
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

function withFirewall(
  desired: DesiredFleet,
  providers: ObservedFleet['providers'],
  seen: ObservedNode,
): ObservedNode {
  const node = desired.nodes.get(seen.name);
  const provider = node === undefined ? undefined : providers.get(node.provider);
  if (node === undefined || provider === undefined) return seen;
  const firewall = firewallDrift(desired, node, provider, seen);
  return firewall.length === 0 ? seen : { ...seen, firewall };
}
