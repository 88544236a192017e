import type { EnvironmentName, NodeName } from '../../../src/fleet/brand.ts';
import { fleetLabel, uidLabel, uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import type { SimServer } from '../hetzner/index.ts';
import type { SimMachine } from '../machines/machine.ts';
import { staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import type { World } from './world.ts';

/** Existing servers that were created for a node, whatever their names and labels are now. */
export function serversOf({ account }: World, node: string): readonly SimServer[] {
  const uid = uidOf(fleetName, resourceRef('Node', node as NodeName));
  return [...account.servers.values()].filter(
    ({ id, status }) => ownersOf(account).get(id) === uid && status !== 'deleting',
  );
}

/** The node of a server of ours, whatever its name and labels are now. */
export function nodeOfServer({ account }: World, id: number): string | null {
  const uid = ownersOf(account).get(id);
  const isIts = (node: string) => uid === uidOf(fleetName, resourceRef('Node', node as NodeName));
  return ['web-1', 'web-2'].find(isIts) ?? null;
}

/** The uid in the labels that each server of the fleet was created with, by server id. */
function ownersOf(account: World['account']): ReadonlyMap<number, string> {
  const known = owners.get(account) ?? { seen: 0, byId: new Map<number, string>() };
  owners.set(account, known);
  for (; known.seen < account.audit.length; known.seen++) {
    const made = account.audit[known.seen];
    if (made?.method !== 'POST' || made.path !== '/servers') continue;
    const uid = made.labels[uidLabel];
    if (uid !== undefined && made.labels[fleetLabel] === fleetName) known.byId.set(made.id, uid);
  }
  return known.byId;
}

const owners = new WeakMap<World['account'], { seen: number; readonly byId: Map<number, string> }>();

/** The machine of a node, reachable or not. */
export function machineOf(world: World, node: string): SimMachine | null {
  const ipv4 = node === staticNode.name ? staticNode.address : serversOf(world, node)[0]?.ipv4;
  return ipv4 === undefined ? null : (world.machines.machines.get(ipv4) ?? null);
}

/** Places that contain anything with the identity of an environment. */
export function ownSlots(
  world: World,
  name: string,
): readonly { readonly node: string | null; readonly ipv4: string }[] {
  const uid = uidOf(fleetName, resourceRef('Environment', name as EnvironmentName));
  const nodes = new Map(
    ['web-1', 'web-2', staticNode.name].map((node) => [machineOf(world, node)?.ipv4, node]),
  );
  return [...world.machines.machines.values()].flatMap(({ ipv4, slots }) => {
    const slot = slots.get(name);
    return slot !== undefined && (slot.claim === uid || slot.record?.uid === uid)
      ? [{ node: nodes.get(ipv4) ?? null, ipv4 }]
      : [];
  });
}
