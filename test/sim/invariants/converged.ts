import { type EnvironmentModel, type FleetModel, themeOf } from '../workload/fleet-model.ts';
import { foreignUid } from '../world/foreigners.ts';
import { fields, readyCondition } from '../world/recorded.ts';
import { machineOf, ownSlots, serversOf } from '../world/where.ts';
import { statusBranch, type World } from '../world/world.ts';
import { type Checker, Violation } from './checker.ts';

/** After faults have ended, everything is as the last commit describes it, recorded as such, and nothing else remains. */
export function converged(): Checker {
  const name = 'everything becomes Ready, and nothing is left over';
  return {
    name,
    rest: (world) => {
      const fleet = lastFleet(world);
      const problems = [
        ...[...fleet.nodes.keys()].flatMap((node) => nodeProblems(world, node, fleet)),
        ...[...fleet.environments].flatMap(([env, wanted]) => environmentProblems(world, fleet, env, wanted)),
        ...leftovers(world, fleet),
        ...storeProblems(world),
        ...firewallProblems(world, fleet),
      ];
      if (problems.length > 0) throw new Violation(name, problems.join('; '));
    },
  };
}

export function lastFleet(world: World): FleetModel {
  const tip = world.remote.tip('main');
  const meant = tip === null ? undefined : world.meant.get(tip);
  if (meant === undefined) throw new Error('the last commit is not known');
  return meant.fleet;
}

function nodeProblems(world: World, node: string, fleet: FleetModel): readonly string[] {
  const machine = machineOf(world, node);
  const servers = serversOf(world, node);
  const wanted = fleet.nodes.get(node)?.kind === 'hetzner' ? 1 : 0;
  return [
    ...(servers.length === wanted ? [] : [`node ${node} has ${servers.length} servers`]),
    ...(machine === null ? [`node ${node} has no machine`] : []),
    ...(machine?.record === null ? [`node ${node} is not provisioned`] : []),
    ...notReady(world, 'node', node),
  ];
}

function environmentProblems(
  world: World,
  fleet: FleetModel,
  name: string,
  wanted: EnvironmentModel,
): readonly string[] {
  const machine = machineOf(world, wanted.node);
  const here = machine?.slots.get(name);
  // Reported as blocked until a person acts.
  if (here?.claim === foreignUid)
    return isReady(world, 'environment', name) ? [`${name} is another fleet's`] : [];
  const record = here?.record ?? undefined;
  const isHere = record !== undefined && record.retained !== true;
  const elsewhere = ownSlots(world, name).filter(
    (place) =>
      place.node !== wanted.node &&
      place.node !== null &&
      isSeen(world, fleet, place.node) &&
      !(isHere && isHarmlessCopy(world, name, place.ipv4)),
  );
  if (elsewhere.length > 0) return isReady(world, 'environment', name) ? [`${name} lives elsewhere`] : [];
  if (!isHere || record === undefined) return [`${name} is not in service`];
  const spec = record.spec ?? {};
  const [wordpress, php] = [fields(spec.wordpress), fields(spec.php)];
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['WordPress', wordpress.version, wanted.wordpress],
    ['memory', php.memory_limit, wanted.memoryLimit],
    ['title', fields(wordpress.constants).SHOP_TITLE, wanted.title],
    ['domain', fields(spec.hosts).primary, wanted.domain],
    ['site', spec.site, wanted.site],
    ['state', spec.state, wanted.stopped ? 'stopped' : 'running'],
    ['protection', spec.protected, wanted.protected],
    ['deletion policy', spec.deletion_policy, wanted.deletionPolicy],
    ['installed WordPress', here?.installation?.core, wanted.wordpress],
    ['active plugins', here?.installation?.activePlugins.join(), wanted.plugin ? 'site-kit' : ''],
    ...(themeOf(name) === null ? [] : [['theme', here?.installation?.theme, themeOf(name)] as const]),
    ['locale', here?.installation?.locale, 'en_US'],
    ['damaged code', [...(here?.damaged ?? [])].join(), ''],
  ];
  const wrong = facts.filter(([, is, should]) => is !== should);
  return [
    ...wrong.map(([what, is, should]) => `${what} of ${name} is ${String(is)}, not ${String(should)}`),
    ...notReady(world, 'environment', name),
  ];
}

/**
 * A site may be in service with a copy elsewhere that is out of service and keeps its data, or that another controller left unfinished:
 * the claim of a node is no proof, so it is only listed in the record of that node.
 */
function isHarmlessCopy({ machines, hosts, lives }: World, name: string, ipv4: string): boolean {
  if (machines.get(ipv4).slots.get(name)?.record?.retained === true) return true;
  const isOwn = (by: string) => lives.get(by)?.host === hosts[0];
  return !machines.audit.mutations.some(
    ({ by, host, environment }) => host === ipv4 && environment === name && isOwn(by),
  );
}

/** A host without a manifest is not observed. */
function isSeen(world: World, fleet: FleetModel, node: string): boolean {
  return fleet.nodes.has(node) || serversOf(world, node).length > 0;
}

function leftovers(world: World, fleet: FleetModel): readonly string[] {
  const problems: string[] = [];
  for (const node of ['web-1', 'web-2', 'metal-1']) {
    const machine = machineOf(world, node);
    if (machine === null || !isSeen(world, fleet, node)) continue;
    const kept = [...machine.slots.values()].filter((slot) => slot.record !== null);
    if (!fleet.nodes.has(node) && kept.length === 0) problems.push(`server of ${node} is left over`);
    for (const { name, record } of kept) {
      if (record === null || record.uid === foreignUid || fleet.environments.has(name)) continue;
      const held = record.retained === true || isProtected(world, name) || record.spec?.protected === true;
      if (!held) problems.push(`${name} on ${node} is left in service`);
    }
  }
  return problems;
}

/** Also by a commit that was fetched and never applied. */
function isProtected({ remote }: World, name: string): boolean {
  return /^protected: true$/m.test(remote.text(statusBranch, `status/environment/${name}.yaml`) ?? '');
}

/** Every server is behind the firewall of its provider, which lets in what the manifest says. */
function firewallProblems(world: World, fleet: FleetModel): readonly string[] {
  const servers = [...fleet.nodes.keys()].flatMap((node) => serversOf(world, node));
  const firewalls = [...world.account.firewalls.values()];
  const isBehind = ({ id }: { id: number }) =>
    firewalls.some(({ appliedTo }) => appliedTo.some((one) => one.type === 'server' && one.server.id === id));
  const ports = firewalls.map(({ rules }) => rules.map(({ port }) => port).join());
  return [
    ...servers.filter((server) => !isBehind(server)).map(({ name }) => `${name} has no firewall`),
    ...ports.filter((open) => open !== '22,80,443').map((open) => `the firewall opens ${open}`),
  ];
}

function storeProblems(world: World): readonly string[] {
  const { hosts, remote } = world;
  const recorded = [...remote.files(statusBranch, 'runs').keys()];
  const [main] = hosts;
  const store = main?.disk.store;
  if (store === undefined) return ['there is no controller'];
  const lost = [...store.finished.keys()].filter(
    (id) => !recorded.some((path) => path.endsWith(`/${id}.yaml`)),
  );
  return [
    ...[...store.intents.values()]
      .filter(({ id, createdAt }) => isOverdue(world, id, createdAt))
      .map(({ id }) => `intent ${id} is open`),
    // Failures of blocked actions are kept until a person decides.
    ...[...store.retries.values()]
      .filter(({ resource }) => isReady(world, ...kindAndName(resource)))
      .map(({ resource, code }) => `${resource} is remembered as failed: ${code}`),
    ...[...store.unfinished.keys()].map((id) => `run ${id} is open`),
    ...lost.map((id) => `run ${id} is not recorded`),
  ];
}

/** Unwanted intents are kept for an hour, since lists of a provider can be outdated. */
function isOverdue(world: World, id: string, createdAt: number): boolean {
  const wanted = lastFleet(world).nodes.has(id.slice(id.indexOf(':') + 1));
  const wallMs = world.hosts[0]?.disk.clock.wallMs(world.timeline.nowMs) ?? 0;
  return wanted || wallMs - createdAt > 75 * 60_000;
}

function kindAndName(resource: string): [kind: string, name: string] {
  const slash = resource.indexOf('/');
  return [resource.slice(0, slash), resource.slice(slash + 1)];
}

function notReady(world: World, kind: string, name: string): readonly string[] {
  return isReady(world, kind, name) ? [] : [`${kind}/${name} is not recorded as Ready`];
}

function isReady(world: World, kind: string, name: string): boolean {
  return readyCondition(world, kind, name)?.status === 'True';
}
