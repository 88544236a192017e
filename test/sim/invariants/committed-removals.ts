import { fleetLabel } from '../../../src/fleet/naming.ts';
import type { Mutation } from '../machines/audit.ts';
import { environmentFile, fleetName } from '../workload/fleet-model.ts';
import { machineOf } from '../world/where.ts';
import { isDaemon, type Meant, type World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** Nothing is deleted or retained unless a commit removed its manifest; nothing that the commit keeps, protects, or describes in a broken file. */
export function onlyCommittedRemovals(): Checker {
  const name = 'nothing is removed without a commit that removes it';
  const atProvider = newIn(({ account }) => account.audit);
  const onMachines = newIn(({ machines }) => machines.audit.mutations);
  return {
    name,
    step: (world) => {
      for (const change of atProvider(world)) {
        if (change.method !== 'DELETE' || change.path !== '/servers/{id}' || !isDaemon(world, change.by))
          continue;
        if (change.labels[fleetLabel] !== fleetName) continue;
        const problem = serverProblem(world, change.id, change.name.slice(fleetName.length + 1));
        if (problem !== null)
          throw new Violation(name, `${change.by} deleted server ${change.name}: ${problem}`);
      }
      const changes = onMachines(world);
      for (const change of changes) {
        if (change.playbook !== 'environment-delete' || !isDaemon(world, change.by)) continue;
        const problem = environmentProblem(world, change);
        if (problem !== null)
          throw new Violation(name, `${change.by}: ${change.change} of ${change.environment}: ${problem}`);
      }
      if (changes.length > 0) rememberPolicies(world);
    },
  };
}

function serverProblem(world: World, id: number, node: string): string | null {
  const server = world.account.servers.get(id);
  const machine = server === undefined ? undefined : world.machines.machines.get(server.ipv4);
  const kept = [...(machine?.slots.values() ?? [])].filter(({ record }) => record !== null);
  if (kept.length > 0) return `it held ${kept.map((slot) => slot.name).join(', ')}`;
  // A server whose creation failed never became a node.
  if (machine === undefined || machine.record === null) return null;
  return meantFleets(world).some(({ fleet }) => fleet.broken.size === 0 && !fleet.nodes.has(node))
    ? null
    : 'every commit describes its node';
}

/** The last applied policies: whether an environment may be deleted, and whether it may be retained at all. */
const policies = new WeakMap<World, Map<string, { readonly policy: unknown; readonly protected: unknown }>>();

function environmentProblem(world: World, { host, environment, removed }: Mutation): string | null {
  if (environment === null) return null;
  const gone = meantFleets(world).some(({ fleet }) => {
    const wanted = fleet.environments.get(environment);
    // A commit that describes it elsewhere wants no second copy here.
    if (wanted !== undefined) return machineOf(world, wanted.node)?.ipv4 !== host;
    return !fleet.broken.has(environmentFile(environment));
  });
  if (!gone) return 'every commit describes it';
  const known = policies.get(world)?.get(`${host} ${environment}`);
  if (known?.protected === true) return 'it was applied as protected';
  return removed !== null && known?.policy === 'retain' ? 'it was applied with deletionPolicy: retain' : null;
}

/** Stores the applied policy of each environment from the record on its node, before the environment is removed. */
function rememberPolicies(world: World): void {
  let known = policies.get(world);
  if (known === undefined) {
    known = new Map();
    policies.set(world, known);
  }
  for (const machine of world.machines.machines.values()) {
    for (const slot of machine.slots.values()) {
      const spec = slot.record?.spec;
      if (spec !== undefined)
        known.set(`${machine.ipv4} ${slot.name}`, {
          policy: spec.deletion_policy,
          protected: spec.protected,
        });
    }
  }
}

function meantFleets(world: World): readonly Meant[] {
  return [...world.meant.values()];
}
