import type { EnvironmentName, NodeName } from '../../../src/fleet/brand.ts';
import { uidLabel, uidOf } from '../../../src/fleet/naming.ts';
import { resourceRef } from '../../../src/fleet/resource.ts';
import type { SimServer } from '../hetzner/index.ts';
import type { SimMachine } from '../machines/machine.ts';
import { staticNode } from '../workload/commits.ts';
import { fleetName } from '../workload/fleet-model.ts';
import type { World } from './world.ts';

/** Existing servers with the identity of a node. */
export function serversOf({ account }: World, node: string): readonly SimServer[] {
  const uid = uidOf(fleetName, resourceRef('Node', node as NodeName));
  return [...account.servers.values()].filter(
    (server) => server.labels[uidLabel] === uid && server.status !== 'deleting',
  );
}

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
