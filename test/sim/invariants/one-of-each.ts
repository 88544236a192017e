import type { EnvironmentName } from '../../../src/fleet/brand.ts';
import { fleetLabel, uidLabel, uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import { staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import { fleetNow } from '../world/happen.ts';
import type { World } from '../world/world.ts';
import { type Checker, newIn, Violation } from './checker.ts';

/** An identity has one server, and one place where it is in service. */
export function oneOfEach(): Checker {
  const name = 'at most one live server and one live slot for each identity';
  const created = newIn(({ account }) => account.audit);
  const mutated = newIn(({ machines }) => machines.audit.mutations);
  return {
    name,
    step: (world) => {
      if (created(world).some(({ method, path }) => method === 'POST' && path === '/servers'))
        oneServer(name, world);
      if (mutated(world).some(({ environment }) => environment !== null)) oneSlot(name, world);
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

function oneSlot(name: string, world: World): void {
  const { machines } = world;
  // A host that nobody describes any more is none of our business, whatever is left on it.
  const forgotten = fleetNow(world)?.nodes.has(staticNode.name) === true ? null : staticNode.address;
  const seen = new Map<string, string>();
  for (const machine of machines.machines.values()) {
    if (machine.ipv4 === forgotten) continue;
    for (const slot of machine.slots.values()) {
      const { record } = slot;
      if (record === null || record.retained === true) continue;
      if (record.uid !== uidOf(fleetName, resourceRef('Environment', slot.name as EnvironmentName))) continue;
      const other = seen.get(slot.name);
      if (other !== undefined)
        throw new Violation(name, `${slot.name} is in service on ${other} and ${machine.ipv4}`);
      seen.set(slot.name, machine.ipv4);
    }
  }
}
