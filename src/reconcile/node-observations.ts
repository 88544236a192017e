import type { NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedProvider, ObservedServer } from '../fleet/observed.ts';
import type { PinnedServer, RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import { identifyServer, type KnownMachine, type NodeIdentity } from '../fleet/server-identity.ts';
import { commandsOf } from '../manifest/kinds/provider/types/index.ts';
import { nodeDetailsOf, recordedServerId } from '../record/status/node-details.ts';
import type { NodeObservation } from './observe-node.ts';

type Providers = ReadonlyMap<ProviderName, ObservedProvider>;

/**
 * Every node that is desired, every server that carries our labels and is no longer desired, and every recorded server that still exists
 * and lost its labels.
 */
export function nodeObservations(
  desired: DesiredFleet,
  recorded: RecordedFleet,
  providers: Providers,
): readonly NodeObservation[] {
  const known = knownMachines(desired, recorded);
  const servers = [...providers.values()].flatMap((provider) => provider.servers);
  const wanted = [...desired.nodes.values()].map((node): NodeObservation => {
    const { name, ref, uid } = node;
    const machine = known(ref);
    if (node.kind === 'existing')
      return { name, server: null, staticAddress: node.address, known: machine, identity: null };
    const provider = providers.get(node.provider);
    // A missing answer proves nothing: only a connected provider can report that a server is gone.
    if (provider?.state !== 'connected')
      return { name, server: 'unknown', staticAddress: null, known: machine, identity: null };
    const identity = { fleet: desired.config.fleet, name, ref, uid, known: machine };
    return { name, staticAddress: null, known: machine, ...found(desired, provider, servers, identity) };
  });
  return [...wanted, ...orphans(desired, recorded, providers, known)];
}

function orphans(
  desired: DesiredFleet,
  recorded: RecordedFleet,
  providers: Providers,
  known: (ref: StatusDocument['ref']) => KnownMachine | null,
): readonly NodeObservation[] {
  const { fleet } = desired.config;
  const named = [...providers.values()].flatMap((provider) => [
    ...provider.servers.flatMap((server) => nodeNameOf(server) ?? []),
    ...lostLabels(recorded, provider),
  ]);
  return [...new Set(named)].flatMap((name): NodeObservation[] => {
    const ref = resourceRef('Node', name);
    if (desired.nodes.has(name) || desired.quarantine.resources.has(ref)) return [];
    const uid = uidOf(fleet, ref);
    const machine = known(ref);
    const at = [...providers.values()].find((provider) => isAt(provider, name, machine));
    if (at === undefined) return [];
    const identity = { fleet, name, ref, uid, known: machine };
    const { server, identity: finding } = found(desired, at, at.servers, identity);
    // A server with the name of a node and the uid of another resource is observed, and never changed.
    const seen = server ?? at.servers.find((candidate) => nodeNameOf(candidate) === name) ?? null;
    return seen === null
      ? []
      : [{ name, server: seen, staticAddress: null, known: machine, identity: finding }];
  });
}

function isAt({ servers, unlabelled = [] }: ObservedProvider, name: NodeName, machine: KnownMachine | null) {
  return (
    servers.some((server) => nodeNameOf(server) === name) ||
    [...servers, ...unlabelled].some(({ id }) => id === machine?.id || id === machine?.pinnedId)
  );
}

/** Nodes whose recorded server exists without the labels of the fleet. */
function lostLabels(
  { status, servers }: RecordedFleet,
  { name, unlabelled = [] }: ObservedProvider,
): readonly NodeName[] {
  if (unlabelled.length === 0) return [];
  const ids = new Set(unlabelled.map(({ id }) => id));
  return [...status.values()].flatMap((document) => {
    const pinned = servers?.get(document.ref);
    const known = [
      document.provider === name ? recordedServerId(document) : null,
      pinned?.provider === name ? pinned.id : null,
    ];
    const parsed = parseResourceRef(document.ref);
    const isFound = known.some((id) => id !== null && ids.has(id));
    return isFound && parsed?.kind === 'Node' ? [parsed.name as NodeName] : [];
  });
}

function found(
  { providers }: DesiredFleet,
  { name, unlabelled = [] }: ObservedProvider,
  servers: readonly ObservedServer[],
  node: NodeIdentity,
) {
  const manifest = providers.get(name);
  return identifyServer(
    node,
    servers,
    unlabelled,
    manifest?.machines === 'acquired' ? commandsOf(manifest.type) : null,
  );
}

/** What the records say of the machine of each node. Environments of removed manifests count as well: their data was on it. */
function knownMachines({ nodes }: DesiredFleet, { status, servers }: RecordedFleet) {
  const used = new Set<string>();
  for (const document of status.values())
    if (document.node !== null && document.appliedDigest !== null) used.add(document.node);
  return (ref: StatusDocument['ref']): KnownMachine | null => {
    const document = status.get(ref);
    const pinned = servers?.get(ref);
    if (document === undefined) return pinned === undefined ? null : unrecorded(pinned);
    const { server, ipv4, machineId, hostKey } = nodeDetailsOf(document);
    const name = ref.slice('node/'.length) as NodeName;
    const applied = document.appliedDigest !== null;
    return {
      id: recordedServerId(document),
      pinnedId: pinned?.id ?? null,
      name: server?.name ?? null,
      ipv4,
      machineId,
      hostKey: hostKey ?? pinned?.hostKey ?? null,
      applied,
      precious: applied && (document.protected || nodes.get(name)?.protected === true || used.has(name)),
    };
  };
}

/** A server without a record that was pushed, or that can be read. */
function unrecorded({ id, hostKey }: PinnedServer): KnownMachine {
  return {
    id: null,
    pinnedId: id,
    name: null,
    ipv4: null,
    machineId: null,
    hostKey,
    applied: false,
    precious: false,
  };
}

function nodeNameOf(server: ObservedServer): NodeName | null {
  const parsed = server.resource === null ? undefined : parseResourceRef(server.resource);
  return parsed?.kind === 'Node' ? (parsed.name as NodeName) : null;
}
