import type { NodeName, ResourceRef, Uid } from './brand.ts';
import { hostKeyId, hostKeyLabel, ownerLabels, serverName } from './naming.ts';
import type { IdentityFinding, NodeFacts, ObservedServer } from './observed.ts';
import { printable } from './printable.ts';

/** What the records say of the machine of a node. */
export interface KnownMachine {
  /** Id of the server at its provider; null for an existing host. */
  readonly id: number | null;
  /** Id of the server that the controller created, adopted or observed last; newer than the record if that could not be pushed or read. */
  readonly pinnedId: number | null;
  readonly name: string | null;
  readonly ipv4: string | null;
  readonly machineId: string | null;
  readonly hostKey: string | null;
  /** Whether it was provisioned. */
  readonly applied: boolean;
  /** Whether its loss is a loss of data: it is protected, or environments were applied on it. */
  readonly precious: boolean;
}

export interface NodeIdentity {
  readonly fleet: string;
  readonly name: NodeName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  /** Null without a record. */
  readonly known: KnownMachine | null;
}

export interface FoundServer {
  readonly server: ObservedServer | null;
  readonly identity: IdentityFinding | null;
}

/** Ways to change a server at its provider, in the words of its own tool. */
export interface ProviderCommands {
  readonly addLabel: (server: number) => string;
  readonly rename: (server: number, name: string) => string;
}

/**
 * The server of a node among those of its provider. It is the one with the labels of the node, if it is also the recorded one, and the
 * only one. Any other server is a finding: a second server next to the recorded one would be empty.
 */
export function identifyServer(
  node: NodeIdentity,
  labelled: readonly ObservedServer[],
  unlabelled: readonly ObservedServer[],
  commands: ProviderCommands | null,
): FoundServer {
  const { known } = node;
  const expected = serverName(node.fleet, node.name);
  const own = labelled.filter(({ uid }) => uid === node.uid);
  const recorded = recordedServers(known, [...labelled, ...unlabelled]);
  const [server, second] = own;
  if (server === undefined) {
    if (recorded.length > 1) return { server: recorded[0] ?? null, identity: several(node, recorded) };
    const found = recorded[0] ?? unlabelled.find(({ name }) => name === expected);
    if (found === undefined) return { server: null, identity: known?.precious === true ? gone(known) : null };
    return { server: found, identity: unlabelledServer(node, found, commands) };
  }
  if (second !== undefined) return { server, identity: several(node, own) };
  const other = recorded.find(({ id }) => id !== server.id);
  if (other !== undefined) return { server: other, identity: several(node, [other, server]) };
  const name = (known?.id === server.id ? known.name : null) ?? expected;
  if (server.name !== name) return { server, identity: renamed(server, name, commands) };
  return { server, identity: null };
}

/** Whether the machine that answers is the recorded one: the disk by its machine id, the network by its address. */
export function identifyMachine(
  known: KnownMachine | null,
  server: ObservedServer | null,
  found: {
    readonly facts: Pick<NodeFacts, 'machineId'>;
    readonly provisioned: boolean;
    readonly ipv4: string;
  },
): IdentityFinding | null {
  if (known === null || !known.applied || isMadeSince(known, server)) return null;
  const after = found.facts.machineId ?? null;
  const isOther = known.machineId === null || after === null ? !found.provisioned : known.machineId !== after;
  // Without data on it, a new machine is provisioned like the first one.
  if (isOther) return known.precious ? rebuilt(known, server, after) : null;
  const isMoved = server !== null && known.ipv4 !== null && known.ipv4 !== found.ipv4;
  return isMoved ? moved(known.ipv4, found.ipv4) : null;
}

/** A server that Pressluft created after the recorded one has a host key of its own. */
function isMadeSince({ id, hostKey }: KnownMachine, server: ObservedServer | null): boolean {
  if (server === null || id === server.id) return false;
  return server.hostKeyId !== undefined && (hostKey === null || server.hostKeyId !== hostKeyId(hostKey));
}

function recordedServers(
  known: KnownMachine | null,
  servers: readonly ObservedServer[],
): readonly ObservedServer[] {
  const ids = new Set([known?.pinnedId, known?.id]);
  return [...ids].flatMap((id) => servers.find((server) => server.id === id) ?? []);
}

function unlabelledServer(
  { fleet, ref, uid, known }: NodeIdentity,
  server: ObservedServer,
  commands: ProviderCommands | null,
): IdentityFinding {
  const wanted = {
    ...ownerLabels(fleet, ref, uid),
    ...(known?.hostKey == null ? {} : { [hostKeyLabel]: hostKeyId(known.hostKey) }),
  };
  const found = server.labels ?? {};
  const wrong = Object.entries(wanted).filter(([label, value]) => found[label] !== value);
  const pairs = wrong.map(([label, value]) => `${label}=${value}`);
  const others = wrong.flatMap(([label]) => (found[label] === undefined ? [] : [`${label}=${found[label]}`]));
  const before = labelsOf(wanted);
  const command = commands === null ? '' : ` (\`${commands.addLabel(server.id)}\` for each)`;
  return {
    reason: 'ServerUnlabelled',
    message: `${serverWords(server)} exists without its labels${others.length === 0 ? '' : `; it has ${clip(others.join(', '))}`}`,
    nextStep: `Put these labels back on server ${server.id} at the provider: ${pairs.join(', ')}${command}.`,
    before,
    after: labelsOf(found),
  };
}

function renamed(server: ObservedServer, name: string, commands: ProviderCommands | null): IdentityFinding {
  const command = commands === null ? '' : ` (\`${commands.rename(server.id, name)}\`)`;
  return {
    reason: 'ServerRenamed',
    message: `server ${server.id} was named ${clip(name)}, and is named ${clip(server.name)} now`,
    nextStep: `Name the server ${clip(name)} again at the provider${command}.`,
    before: name,
    after: server.name,
  };
}

function several({ ref, known }: NodeIdentity, servers: readonly ObservedServer[]): IdentityFinding {
  const ids = servers.map(({ id }) => id).sort((a, b) => a - b);
  const [first] = servers;
  const others = ids.length > 2 ? 'others' : 'other';
  const recorded = known?.id == null ? '' : ` (recorded: server ${known.id})`;
  return {
    reason: 'ServerAmbiguous',
    message: `it is not certain which server it is: ${servers.map(serverWords).join(', ')}`,
    nextStep: `Find the server with the data of ${ref}${recorded}. Leave the labels and the name of ${ref} on it only, and give the ${others} back what they had. Delete none before: each may have data.`,
    before: first === undefined ? null : String(first.id),
    after: ids.join(', '),
  };
}

function gone({ id, pinnedId, name }: KnownMachine): IdentityFinding {
  const before = `${pinnedId ?? id ?? ''}`;
  return {
    reason: 'ServerGone',
    message: `server ${before}${name === null ? '' : ` (${clip(name)})`} is gone at the provider, with the data on it`,
    nextStep: 'Restore the server from a snapshot or a backup at the provider, with its name and labels.',
    before,
    after: null,
  };
}

function rebuilt(known: KnownMachine, server: ObservedServer | null, after: string | null): IdentityFinding {
  const isReplaced = server !== null && known.id !== null && known.id !== server.id;
  const subject = server === null ? 'the host' : `server ${server.id}`;
  const what = isReplaced
    ? `server ${known.id} was replaced by server ${server.id}`
    : `${subject} was rebuilt, or its disk was replaced`;
  return {
    reason: 'ServerRebuilt',
    message: `${what}: ${machineWords(known.machineId, after)}`,
    nextStep: 'Restore the disk from a snapshot or a backup of the server.',
    before: known.machineId ?? 'provisioned',
    after,
  };
}

function machineWords(before: string | null, after: string | null): string {
  if (before === null || after === null) return 'it was provisioned, and is an empty machine now';
  return `its machine id was ${clip(before, 32)}, and is ${clip(after, 32)} now`;
}

function moved(before: string | null, after: string): IdentityFinding {
  return {
    reason: 'ServerAddressChanged',
    message: `its address was ${before}, and is ${after} now`,
    nextStep: `Give the server its address ${before} back at the provider.`,
    before,
    after,
  };
}

function serverWords({ id, name }: ObservedServer): string {
  return `server ${id} (${clip(name)})`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const own = Object.entries(labels).filter(([label]) => label.startsWith('pressluft.dev/'));
  return clip(
    own
      .map(([label, value]) => `${label}=${value}`)
      .sort()
      .join(', '),
    400,
  );
}

/** Names come from the provider, which people can change. */
function clip(text: string, length = 80): string {
  return printable(text.length > length ? `${text.slice(0, length)}…` : text);
}
