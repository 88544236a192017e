import type { NodeName, ProviderName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { parseJson } from '../fleet/json-reader.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { PinnedServer, RecordedFleet } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { Store } from '../ports/store.ts';
import { pinnedHostKey } from './host-keys.ts';

type ServerId = Pick<PinnedServer, 'provider' | 'id'>;
type Values = Pick<Store, 'getValue' | 'putValue'>;

const key = 'servers';

/**
 * Stores the id of the server of a node when it is created, adopted or observed: people can take its name and labels away before a record of
 * it is pushed, or while the status branch cannot be read.
 */
export function pinServer(store: Values, uid: Uid, { provider, id }: ServerId): void {
  write(store, new Map([...read(store), [uid, { provider, id }]]));
}

export function forgetServer(store: Values, uid: Uid): void {
  write(store, new Map([...read(store)].filter(([other]) => other !== uid)));
}

export function pinnedServerId(store: Values, uid: Uid, provider: ProviderName): number | null {
  const pinned = read(store).get(uid);
  return pinned?.provider === provider ? pinned.id : null;
}

/** Adds the pinned servers of desired and of recorded nodes to the records. A node that is neither has been given up by a person. */
export function withPinnedServers(
  store: Store,
  desired: DesiredFleet,
  recorded: RecordedFleet,
): RecordedFleet {
  const pinned = read(store);
  if (pinned.size === 0) return recorded;
  const { fleet } = desired.config;
  const servers = knownNodes(desired, recorded).flatMap(([ref, name]) => {
    const server = pinned.get(uidOf(fleet, ref));
    if (server === undefined) return [];
    return [[ref, { ...server, hostKey: pinnedHostKey(store, recorded, fleet, name) }] as const];
  });
  return { ...recorded, servers: new Map(servers) };
}

/** Pins the servers that were observed as those of their nodes, and forgets those of nodes that are neither desired nor recorded. */
export function settlePinnedServers(
  store: Values,
  desired: DesiredFleet,
  observed: ObservedFleet,
  recorded: RecordedFleet,
): void {
  const { config, quarantine } = desired;
  const pinned = new Map(read(store));
  for (const { name, server, identity } of observed.nodes.values()) {
    const uid = uidOf(config.fleet, resourceRef('Node', name));
    if (server === null || identity != null || server.uid !== uid) continue;
    const at = [...observed.providers.values()].find(({ servers }) =>
      servers.some(({ id }) => id === server.id),
    );
    if (at !== undefined) pinned.set(uid, { provider: at.name, id: server.id });
  }
  // A broken manifest may describe a node.
  if (quarantine.files.size === 0 && quarantine.resources.size === 0) {
    const known = new Set(knownNodes(desired, recorded).map(([ref]) => uidOf(config.fleet, ref)));
    for (const uid of pinned.keys()) if (!known.has(uid)) pinned.delete(uid);
  }
  write(store, pinned);
}

function knownNodes(
  desired: DesiredFleet,
  recorded: RecordedFleet,
): readonly (readonly [ResourceRef, NodeName])[] {
  const names = [...recorded.status.keys()].flatMap((ref) => {
    const parsed = parseResourceRef(ref);
    return parsed?.kind === 'Node' ? [parsed.name as NodeName] : [];
  });
  return [...new Set([...desired.nodes.keys(), ...names])].map((name) => [resourceRef('Node', name), name]);
}

function read(store: Pick<Store, 'getValue'>): ReadonlyMap<Uid, ServerId> {
  const entries = parseJson(store.getValue(key) ?? '{}')?.entries(100_000) ?? [];
  const servers = entries.flatMap(([uid, value]) => {
    const [provider, id] = [value.at('provider').text(), value.at('id').integer()];
    return provider === null || id === null
      ? []
      : [[uid as Uid, { provider: provider as ProviderName, id }] as const];
  });
  return new Map(servers);
}

/** Writes only if something changed. */
function write(store: Values, servers: ReadonlyMap<Uid, ServerId>): void {
  const sorted = [...servers].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = servers.size === 0 ? null : JSON.stringify(Object.fromEntries(sorted));
  if (store.getValue(key) !== text) store.putValue(key, text);
}
