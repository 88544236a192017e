import type { NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { fleetLabel, serverName } from '../fleet/naming.ts';
import type { ObservedServer } from '../fleet/observed.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import type { Cloud, CloudServer } from '../ports/cloud.ts';
import { recordedServerId } from '../record/status/node-details.ts';

interface Known {
  readonly desired: DesiredFleet;
  readonly recorded: RecordedFleet;
  readonly provider: ProviderName;
}

type Lookup = Pick<Cloud, 'listServers' | 'getServer' | 'findServer'>;

/** People can write to the status branch, so the number of lookups is limited: enough for a few servers that vanish at once. */
const mostLookups = 50;

/** The servers of the fleet by label, and those that a record, the store or the name of a node points to although they lack the label. */
export async function findServers(
  cloud: Lookup,
  known: Known,
  signal: AbortSignal,
): Promise<{ readonly servers: readonly ObservedServer[]; readonly unlabelled: readonly ObservedServer[] }> {
  const { fleet } = known.desired.config;
  const listed = await withoutDeleted(cloud, await cloud.listServers(fleet, signal), signal);
  const found = [...listed, ...(await unlisted(cloud, known, listed, signal))];
  const isLabelled = ({ labels }: ObservedServer) => labels === undefined || labels[fleetLabel] === fleet;
  return {
    servers: found.filter(isLabelled),
    unlabelled: found.filter((server) => !isLabelled(server)),
  };
}

/** Lists may still show a deleted server. Of several servers with one uid, each is looked up by its id. */
async function withoutDeleted(
  cloud: Lookup,
  listed: readonly ObservedServer[],
  signal: AbortSignal,
): Promise<readonly ObservedServer[]> {
  const several = [...Map.groupBy(listed, ({ uid }) => uid)].flatMap(([uid, servers]) =>
    uid === null || servers.length === 1 ? [] : servers,
  );
  if (several.length === 0) return listed;
  const checked = several.slice(0, mostLookups);
  const exist = await Promise.all(
    checked.map(async ({ id }) => (await cloud.getServer(id, signal)) !== null),
  );
  const deleted = new Set(checked.filter((_, at) => exist[at] === false));
  return listed.filter((server) => !deleted.has(server));
}

/**
 * Looks up pinned and recorded servers that the list omits, one by one: lists can be outdated, and a server that counts as deleted loses its record
 * and its guards. A node that was applied is also looked up by the name of its server.
 */
async function unlisted(
  cloud: Lookup,
  { desired, recorded, provider }: Known,
  listed: readonly ObservedServer[],
  signal: AbortSignal,
): Promise<readonly CloudServer[]> {
  const known = new Set(listed.map(({ id }) => id));
  const uids = new Set(listed.map(({ uid }) => uid));
  const own = [...(recorded.servers?.values() ?? [])].flatMap((server) =>
    server.provider === provider && !known.has(server.id) ? [server.id] : [],
  );
  const pinned = new Set(own);
  const lookups = [...recorded.status.values()].flatMap((status) => {
    if (status.provider !== provider) return [];
    const id = recordedServerId(status);
    if (id !== null && known.has(id)) return [];
    const byId = id === null || pinned.has(id) ? [] : [() => cloud.getServer(id, signal)];
    const node = desired.nodes.get(status.ref.slice('node/'.length) as NodeName);
    if (status.appliedDigest === null || node === undefined || uids.has(node.uid)) return byId;
    return [...byId, () => byName(cloud, serverName(desired.config.fleet, node.name), signal)];
  });
  const found = await Promise.all([
    ...[...pinned].map((id) => cloud.getServer(id, signal)),
    ...lookups.slice(0, mostLookups).map((lookup) => lookup()),
  ]);
  return [...new Map(found.flatMap((server) => (server === null ? [] : [[server.id, server]]))).values()];
}

/** A list by name may be outdated as well, so its result is confirmed by id. */
async function byName(cloud: Lookup, name: string, signal: AbortSignal): Promise<CloudServer | null> {
  const found = await cloud.findServer(name, signal);
  return found === null ? null : cloud.getServer(found.id, signal);
}
