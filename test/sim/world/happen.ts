import { isSourceRef } from '../../../src/adapters/git/refs.ts';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { SimRandom } from '../core/index.ts';
import { cloudPeople } from '../hetzner/index.ts';
import type { SimMachine } from '../machines/machine.ts';
import { nextCommit, staticNode } from '../workload/commits.ts';
import type { WorldEvent } from '../workload/events.ts';
import { type FleetModel, manifestsOf } from '../workload/fleet-model.ts';
import { acceptLoss, approveActions } from './accept-loss.ts';
import { atTheConsole, type ConsoleOperation } from './console.ts';
import { onTheSite, type SiteOperation, siteOperations } from './site-owner.ts';
import { takeBack } from './take-back.ts';
import { nodeOfServer, serversOf } from './where.ts';
import { mainLife, token, type World } from './world.ts';

/** Applies an event. Returns a description; the damage is repaired after its duration, and by {@link repairAll}. */
export function happen(world: World, event: WorldEvent): string {
  const dice = world.random.fork(`event ${event.nth}`);
  const after = (repair: () => void) =>
    void world.timeline.in(event.lastsMs, 'repaired', () => {
      if (world.phase === 'safety') repair();
    });
  const [main] = world.hosts;
  if (main === undefined) return 'nothing';
  switch (event.kind) {
    case 'commit':
      if (event.commit === undefined) return commitNext(world, dice);
      commitFleet(world, event.commit.what, event.commit.fleet);
      return `commit: ${event.commit.what}`;
    case 'ring':
      main.controller.ring('SIGHUP');
      return 'an operator asks for a pass';
    case 'restart':
      main.controller.restart();
      return 'an operator restarts the daemon';
    case 'kill':
      main.controller.kill();
      return 'the daemon is killed';
    case 'power-loss':
      main.controller.kill();
      main.disk.powerLoss(dice);
      return 'the controller loses its power';
    case 'approve':
      return approve(world);
    case 'reboot-machine':
      return onMachine(world, dice, 'reboots', ({ ipv4 }) => world.machines.reboot(ipv4));
    case 'power-off-server': {
      const server = anyServer(world, dice);
      if (server === null || !cloudPeople(world.account, 'Dana').powerOff(server.id)) return 'nothing';
      after(() => void cloudPeople(world.account, 'Dana').powerOn(server.id));
      return `${server.name} is switched off by hand`;
    }
    case 'cut-network': {
      const cut = ({ ipv4 }: SimMachine) => {
        world.machines.cutNetwork(ipv4);
        after(() => void (world.machines.machines.has(ipv4) && world.machines.healNetwork(ipv4)));
      };
      return onMachine(world, dice, 'is cut off', cut, event.host);
    }
    case 'drift':
      return drift(world, dice);
    case 'machine-disk-full':
      return onMachine(world, dice, 'has no space left', ({ ipv4 }) => {
        world.machines.setDiskFull(ipv4, true);
        after(() => void (world.machines.machines.has(ipv4) && world.machines.setDiskFull(ipv4, false)));
      });
    case 'node-check':
      return onMachine(world, dice, 'has its apt locked', ({ ipv4 }) => {
        world.machines.setCheck(ipv4, 'apt_locked', 'somebody installs packages');
        after(
          () => void (world.machines.machines.has(ipv4) && world.machines.setCheck(ipv4, 'apt_locked', null)),
        );
      });
    case 'delete-server': {
      const server = anyServer(world, dice);
      if (server === null) return 'nothing';
      const node = nodeOfServer(world, server.id);
      if (!cloudPeople(world.account, 'Dana').deleteServer(server.id)) return 'nothing';
      endFindings(world, node);
      return `${server.name} is deleted by hand`;
    }
    case 'forge-down':
      world.remote.reachable = false;
      after(() => {
        world.remote.reachable = true;
      });
      return 'the forge is down';
    case 'forge-credentials':
      world.remote.credentials = 'expired';
      after(() => {
        world.remote.credentials = 'good';
      });
      return 'the credentials of the forge are expired';
    case 'force-push':
      return forcePush(world, dice, after);
    case 'provider-token':
      cloudPeople(world.account, 'Dana').expireTokens();
      after(() => cloudPeople(world.account, 'Dana').rotateToken(token));
      return 'the token of the provider is expired';
    case 'sold-out':
      world.account.sellOut('cx23', '*', event.lastsMs);
      return 'cx23 is sold out';
    case 'controller-disk-full':
      main.disk.setFull(true);
      after(() => main.disk.setFull(false));
      return 'the disk of the controller is full';
    case 'clock-jump':
      main.disk.clock.offsetMs += dice.pick([-3_600_000, -90_000, 45_000, 7_200_000]);
      main.disk.clock.drift = dice.pick([0, 0.0002, -0.0002]);
      return `the clock of the controller is off by ${main.disk.clock.offsetMs} ms`;
    case 'new-content':
      world.contentVersion = `content-${event.nth + 2}`;
      main.controller.restart();
      return `Pressluft is upgraded to ${world.contentVersion}`;
    case 'damaged-clone':
      main.controller.kill();
      main.disk.clone.damage(dice);
      return 'the clone of the controller is damaged';
    case 'lose-store':
      main.controller.kill();
      main.disk.loseStore();
      return 'the store of the controller is lost';
    case 'forget-servers':
      main.disk.store.values.delete('servers');
      return 'the store of the controller has no ids of servers, like that of an earlier version';
    case 'second-controller': {
      const [, copy] = world.hosts;
      if (copy === undefined || copy.controller.process !== null) return 'nothing';
      copy.controller.start();
      after(() => copy.controller.end(dice.pick(['stopped', 'killed'])));
      return 'a second controller is started by mistake';
    }
    case 'accept-loss':
      return acceptLoss(world, dice);
    default:
      return outside(world, event.kind, dice, after);
  }
}

/** What was changed at a server ends with it. Its own loss is judged by the data that was on it. */
function endFindings({ outsideChanges }: World, node: string | null): void {
  const left = outsideChanges.filter((change) => change.node !== node || change.finding === null);
  outsideChanges.splice(0, outsideChanges.length, ...left);
}

/** A change outside of Git. Half of the people take it back some passes later, as the reported next step says. */
function outside(
  world: World,
  kind: ConsoleOperation | SiteOperation,
  dice: SimRandom,
  after: (repair: () => void) => void,
): string {
  const before = new Set(world.outsideChanges);
  const what =
    kind in siteOperations
      ? onTheSite(world, kind as SiteOperation, dice)
      : atTheConsole(world, kind as ConsoleOperation, dice);
  if (dice.chance(0.5))
    for (const change of world.outsideChanges)
      if (!before.has(change)) after(() => void takeBack(world, change));
  return what;
}

/** Commits a fleet, like a person who edits the files. */
export function commitFleet(world: World, what: string, fleet: FleetModel): CommitSha {
  const { remote } = world;
  const tip = remote.tip('main');
  const before = tip === null ? new Map<string, string>() : remote.files(tip);
  const hostKeyOf = (address: string) => world.machines.get(address).hostKey;
  const wanted = manifestsOf(fleet, hostKeyOf);
  const changes: Record<string, string | null> = {};
  for (const [path, text] of wanted) if (before.get(path) !== text) changes[path] = text;
  for (const path of before.keys()) if (!wanted.has(path)) changes[path] = null;
  if (tip !== null && Object.keys(changes).length === 0) return tip;
  const signature = fleetNow(world)?.signer ?? fleet.signer;
  const sha = remote.push('Ada', 'main', changes, what, signature === null ? {} : { signature });
  world.meant.set(sha, { fleet, what, atMs: world.timeline.nowMs });
  return sha;
}

/** The fleet of the newest commit. */
export function fleetNow({ remote, meant }: World): FleetModel | null {
  return meant.get(remote.tip('main') ?? ('' as CommitSha))?.fleet ?? null;
}

function commitNext(world: World, dice: SimRandom): string {
  const now = fleetNow(world);
  if (now === null) return 'nothing';
  const past = [...world.meant.values()].map(({ fleet }) => fleet).filter((fleet) => fleet !== now);
  const next = nextCommit(dice, now, past);
  if (next === null) return 'nothing';
  commitFleet(world, next.what, next.fleet);
  return `commit: ${next.what}`;
}

/** A person approves all actions that the daemon last reported as blocked for an approval. */
function approve(world: World): string {
  const plan = mainLife(world)?.lastReport?.residual;
  const actions = (plan?.blocked ?? []).flatMap(({ reason, action }) =>
    reason === 'ApprovalRequired' && action !== undefined ? [action] : [],
  );
  if (actions.length === 0) return 'nothing';
  approveActions(world, actions);
  return `${actions.length} actions are approved`;
}

function drift(world: World, dice: SimRandom): string {
  return onMachine(world, dice, 'drifts', ({ ipv4, slots, services }) => {
    const ours = [...slots.values()].filter(
      ({ record, files }) => record?.retained !== true && files.size > 0,
    );
    const slot = ours.length === 0 || dice.chance(0.4) ? null : dice.pick(ours);
    if (slot !== null) {
      const path = dice.pick([...slot.files.keys()]);
      world.machines.editFile(ipv4, slot.name, path, dice.chance(0.3) ? null : 'e'.repeat(64));
      return;
    }
    const running = [...services.keys()].filter((unit) => unit !== 'ssh');
    if (running.length > 0) world.machines.stopService(ipv4, dice.pick(running));
  });
}

function forcePush({ remote }: World, dice: SimRandom, after: (repair: () => void) => void): string {
  const tip = remote.tip('main');
  const older = remote.log('main').slice(1, 4);
  if (tip === null || older.length === 0) return 'nothing';
  remote.forcePush('Mallory', 'main', dice.pick(older).sha);
  after(() => putBack(remote, tip));
  return 'somebody rewinds the branch';
}

function putBack(remote: World['remote'], tip: CommitSha): void {
  const now = remote.tip('main');
  if (now !== null && !remote.isAncestor(tip, now)) remote.forcePush('Ada', 'main', tip);
}

function anyServer(world: World, dice: SimRandom) {
  const servers = ['web-1', 'web-2'].flatMap((node) => serversOf(world, node));
  return servers.length === 0 ? null : dice.pick(servers);
}

function onMachine(
  world: World,
  dice: SimRandom,
  what: string,
  act: (machine: SimMachine) => void,
  host?: string,
): string {
  const addresses = [
    ...['web-1', 'web-2'].flatMap((node) => serversOf(world, node).map(({ ipv4 }) => ipv4)),
    staticNode.address,
  ].filter((ipv4) => world.machines.machines.has(ipv4));
  const machine = world.machines.get(host ?? dice.pick(addresses));
  act(machine);
  return `${machine.hostname} ${what}`;
}

/** Repairs all damage; after that there is no new damage. */
export function repairAll(world: World): void {
  const { remote, account, machines, hosts } = world;
  remote.reachable = true;
  remote.credentials = 'good';
  // The daemon reports the commit that it follows; a rewritten branch is pushed back to it.
  const clone = hosts[0]?.disk.clone;
  const sources = [...(clone?.refs ?? [])].filter(([name]) => isSourceRef(name)).map(([, tip]) => tip);
  const followed = [...(clone?.followed.values() ?? []), ...sources][0];
  if (followed !== undefined) putBack(remote, followed);
  cloudPeople(account, 'Dana').rotateToken(token);
  account.refusesTokensUntilMs = 0;
  account.restock();
  for (const change of [...world.outsideChanges]) if (change.finding === null) takeBack(world, change);
  for (const server of account.servers.values()) cloudPeople(account, 'Dana').powerOn(server.id);
  for (const { ipv4, power } of machines.machines.values()) {
    machines.healNetwork(ipv4);
    machines.setDiskFull(ipv4, false);
    machines.setCheck(ipv4, 'apt_locked', null);
    if (power === 'off' && ipv4 === staticNode.address) machines.powerOn(ipv4);
  }
  for (const { disk } of hosts) disk.setFull(false);
  for (const { controller } of hosts.slice(1)) controller.end('stopped');
}
