import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { fleetLabel, uidLabel, uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import { staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { fleetNow } from '../world/happen.ts';
import type { World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** An identity has at most one server, and is in service in at most one place. */
export function oneOfEach(): Checker {
  const name = 'at most one live server and one live slot for each identity';
  const created = newIn(({ account }) => account.audit);
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  const seen = new Set<string>();
  let before: ReadonlyMap<string, readonly string[]> = new Map();
  return {
    name,
    rest: (world) => {
      for (const [environment, hosts] of inService(world))
        if (hosts.length > 1)
          throw new Violation(name, `${environment} is in service on ${hosts.join(' and ')}`);
    },
    step: (world) => {
      if (created(world).some(({ method, path }) => method === 'POST' && path === '/servers'))
        oneServer(name, world);
      if (!mutated(world).some(({ environment }) => environment !== null)) return;
      const now = inService(world);
      for (const [environment, hosts] of now) {
        const known = before.get(environment) ?? [];
        // A host whose manifest is restored may bring back a copy; no copy may be created while one exists.
        const made = hosts.filter((host) => !known.includes(host) && !seen.has(`${host} ${environment}`));
        if (hosts.length > 1 && made.length > 0)
          throw new Violation(name, `${environment} is in service on ${hosts.join(' and ')}`);
        for (const host of hosts) seen.add(`${host} ${environment}`);
      }
      before = now;
    },
  };
}

function oneServer(name: string, { account }: World): void {
  const seen = new Map<string, string>();
  for (const server of account.servers.values()) {
    if (server.labels[fleetLabel] !== fleetName || server.status === 'deleting') continue;
    const uid = server.labels[uidLabel] ?? '';
    const other = seen.get(uid);
    if (other !== undefined) throw new Violation(name, `${other} and ${server.name} are both ${uid}`);
    seen.set(uid, server.name);
  }
}

/** Places where each of our environments is in service, on hosts with a manifest. */
function inService(world: World): ReadonlyMap<string, readonly string[]> {
  // Hosts without a manifest are ignored, with everything on them.
  const forgotten = fleetNow(world)?.nodes.has(staticNode.name) === true ? null : staticNode.address;
  const places = new Map<string, string[]>();
  for (const machine of world.machines.machines.values()) {
    if (machine.ipv4 === forgotten) continue;
    for (const { name, record } of machine.slots.values()) {
      if (record === null || record.retained === true) continue;
      if (record.uid !== uidOf(fleetName, resourceRef('Environment', name as EnvironmentName))) continue;
      places.set(name, [...(places.get(name) ?? []), machine.ipv4]);
    }
  }
  return places;
}
