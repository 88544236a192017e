import { fleetLabel, uidLabel } from '../../../src/fleet/naming.ts';
import { ApiError } from '../../../src/lab/cloud/api-error.ts';
import type { SimRandom } from '../core/index.ts';
import { cloudPeople } from '../hetzner/index.ts';
import type { Labels, SimServer } from '../hetzner/model.ts';
import { type DiskImage, restoreImage, type SimMachine, takeImage } from '../machines/index.ts';
import { recordedNode } from './recorded.ts';
import { nodeOfServer, serversOf } from './where.ts';
import type { OutsideChange, World } from './world.ts';

type Operation = (world: World, server: SimServer, dice: SimRandom) => OutsideChange | null;

/** What people do to a server in the provider's console, through the routes of its API; only disks are changed directly. */
export const consoleOperations = {
  'relabel-server': relabel,
  'rename-server': (world, server) => update(world, server, { name: otherName(server) }),
  // A server that was created without a reply and has neither name nor labels any more is known to nobody: only one that was reached counts.
  'rename-and-unlabel-server': (world, server, dice) =>
    (world.machines.machines.get(server.ipv4)?.applied.size ?? 0) === 0
      ? null
      : update(world, server, { name: otherName(server), labels: dice.pick([{}, { env: 'prod' }]) }),
  'rebuild-server': rebuildServer,
  'restore-snapshot': restoreSnapshot,
  'take-snapshot': (world, server) => {
    const machine = runningMachine(world, server);
    if (machine !== null) keepImage(world, server, machine);
    return null;
  },
  'resize-server': resize,
  'lock-server': lock,
  'protect-server': protect,
  'change-firewall': (world, server, dice) => {
    dice.pick([detachFirewall, openFirewall, deleteFirewall])(world, server);
    return null;
  },
  'delete-key': (world, _server, dice) => {
    const keys = [...world.account.keys.values()];
    if (keys.length > 0) send(world, 'DELETE', `/ssh_keys/${dice.pick(keys).id}`);
    return null;
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type ConsoleOperation = keyof typeof consoleOperations;

/** Chooses a server and does it. Returns a description. */
export function atTheConsole(world: World, kind: ConsoleOperation, dice: SimRandom): string {
  const servers = ['web-1', 'web-2'].flatMap((node) => serversOf(world, node));
  if (servers.length === 0) return 'nothing';
  const server = dice.pick(servers);
  const { name } = server;
  const done = consoleOperations[kind](world, server, dice);
  if (done !== null) world.outsideChanges.push(done);
  return `${kind} of ${name} in the console${done === null ? '' : `: ${done.what}`}`;
}

function relabel(world: World, server: SimServer, dice: SimRandom): OutsideChange | null {
  const without = (label: string): Labels =>
    Object.fromEntries(Object.entries(server.labels).filter(([key]) => key !== label));
  const theirs = { ...server.labels, [fleetLabel]: 'theirs' };
  return update(world, server, {
    labels: dice.pick([{}, { env: 'prod' }, without(uidLabel), without(fleetLabel), theirs]),
  });
}

function update(
  world: World,
  server: SimServer,
  wanted: { readonly name?: string; readonly labels?: Labels },
): OutsideChange | null {
  const { id, name, labels } = server;
  const isSame = (['name', 'labels'] as const).every(
    (part) =>
      wanted[part] === undefined || JSON.stringify(wanted[part]) === JSON.stringify({ name, labels }[part]),
  );
  if (isSame) return null;
  // Whoever puts name and labels back follows the reported finding, which names all that the server was made with.
  const made = madeWith(world, server);
  const undo = () => send(world, 'PUT', `/servers/${id}`, made);
  const done = change(world, server, JSON.stringify(wanted), 'identity', undo);
  return send(world, 'PUT', `/servers/${id}`, wanted) ? done : null;
}

interface Identity {
  readonly name: string;
  readonly labels: Labels;
}

const identities = new WeakMap<World, Map<number, Identity>>();

/** Name and labels of a server before anybody changed them. */
function madeWith(world: World, { id, name, labels }: SimServer): Identity {
  const known = identities.get(world) ?? new Map<number, Identity>();
  identities.set(world, known);
  const made = known.get(id) ?? { name, labels };
  known.set(id, made);
  return made;
}

function otherName({ id }: SimServer): string {
  return `prod-${id}`;
}

function rebuildServer(world: World, server: SimServer, dice: SimRandom): OutsideChange | null {
  const machine = runningMachine(world, server);
  if (machine === null) return null;
  const image = dice.chance(0.7) ? takeImage(machine) : null;
  const undo = image === null ? null : () => restore(world, server, image);
  const done = change(world, server, 'rebuilt, with an empty disk', 'disk', undo);
  if (!send(world, 'POST', `/servers/${server.id}/actions/rebuild`, { image: server.image })) return null;
  notePeople(world, server.ipv4, null, 'rebuilt the server');
  return done;
}

function restoreSnapshot(world: World, server: SimServer, dice: SimRandom): OutsideChange | null {
  const machine = runningMachine(world, server);
  const images = world.images.get(server.id) ?? [];
  if (machine === null || images.length === 0) return null;
  const older = dice.pick(images);
  const newest = keepImage(world, server, machine);
  restore(world, server, older);
  return change(world, server, 'an older snapshot is restored', null, () => restore(world, server, newest));
}

/** Its machine boots from another disk; the account does not change. */
function restore(world: World, server: SimServer, image: DiskImage): boolean {
  if (runningMachine(world, server) === null) return false;
  const { ipv4, name, userData, authorizedKeys } = server;
  const request = { ipv4, hostname: name, userData: userData ?? '', authorizedKeys };
  const { slots } = restoreImage(world.machines, request, image);
  notePeople(world, ipv4, null, 'restored a snapshot');
  for (const name of slots.keys()) notePeople(world, ipv4, name, 'restored a snapshot');
  return true;
}

function resize(world: World, server: SimServer): OutsideChange | null {
  if (runningMachine(world, server) === null) return null;
  const { id, serverType: before } = server;
  if (before === 'cx33') return null;
  const set = (type: string) => {
    send(world, 'POST', `/servers/${id}/actions/poweroff`);
    const body = { server_type: type, upgrade_disk: false };
    const isDone = send(world, 'POST', `/servers/${id}/actions/change_type`, body);
    return send(world, 'POST', `/servers/${id}/actions/poweron`) && isDone;
  };
  set('cx33');
  return change(world, server, 'resized to cx33', null, () => set(before));
}

/** A restart that takes a while: every change of the server is refused meanwhile. */
function lock(world: World, { id }: SimServer): null {
  cloudPeople(world.account, operator).send('POST', `/servers/${id}/actions/reboot`);
  return null;
}

/** Protected against deletion, until it is taken back. */
function protect(world: World, server: SimServer): OutsideChange | null {
  const set = (isProtected: boolean) =>
    send(world, 'POST', `/servers/${server.id}/actions/change_protection`, {
      delete: isProtected,
      rebuild: isProtected,
    });
  return set(true) ? change(world, server, 'protected against deletion', null, () => set(false)) : null;
}

function detachFirewall(world: World, { id }: SimServer): void {
  for (const firewall of [...world.account.firewalls.values()])
    send(world, 'POST', `/firewalls/${firewall.id}/actions/remove_from_resources`, {
      remove_from: [{ type: 'server', server: { id } }],
    });
}

function openFirewall(world: World): void {
  for (const { id, rules } of [...world.account.firewalls.values()]) {
    const database = { direction: 'in', protocol: 'tcp', port: '3306', source_ips: ['0.0.0.0/0', '::/0'] };
    send(world, 'POST', `/firewalls/${id}/actions/set_rules`, { rules: [...rules, database] });
  }
}

function deleteFirewall(world: World, server: SimServer): void {
  for (const node of ['web-1', 'web-2'])
    for (const other of serversOf(world, node)) detachFirewall(world, other);
  detachFirewall(world, server);
  for (const { id } of [...world.account.firewalls.values()]) send(world, 'DELETE', `/firewalls/${id}`);
}

const operator = 'Dana';

/** A request of a person, with its effect when it is answered. Returns whether it was accepted. */
function send({ account }: World, method: string, path: string, body?: unknown): boolean {
  try {
    account.answer({ by: operator, method, path, body, isImmediate: true });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

function keepImage({ images }: World, { id }: SimServer, machine: SimMachine): DiskImage {
  const image = takeImage(machine);
  images.set(id, [...(images.get(id) ?? []), image].slice(-4));
  return image;
}

/** Null while the server is off, being created, or locked by an action. */
function runningMachine({ account, machines }: World, { id }: SimServer): SimMachine | null {
  const now = account.servers.get(id);
  if (now?.status !== 'running' || now.lockedBy !== null) return null;
  return machines.machines.get(now.ipv4) ?? null;
}

function change(
  world: World,
  server: SimServer,
  what: string,
  finding: OutsideChange['finding'],
  undo: OutsideChange['undo'],
): OutsideChange {
  const node = nodeOfServer(world, server.id) ?? '';
  const recorded = recordedNode(world, node);
  const isRecorded = recorded.server === server.id && (finding !== 'disk' || recorded.hasData);
  const isThere = () => (world.account.servers.get(server.id)?.status ?? 'deleting') !== 'deleting';
  return {
    what,
    node,
    sinceMs: world.timeline.nowMs,
    finding,
    isRecorded,
    undo: undo === null ? null : () => isThere() && undo(),
  };
}

/** Changes of people on a node are in the node's audit, too. */
export function notePeople(world: World, host: string, environment: string | null, what: string): void {
  const nobody = { by: 'people', run: null, playbook: null, uid: null, task: 'by hand', removed: null };
  world.machines.audit.note({ ...nobody, atMs: world.timeline.nowMs, host, environment, change: what });
}
