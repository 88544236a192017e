import type { EnvironmentName, NodeName, ResourceRef } from '../fleet/brand.ts';
import { uidOf } from '../fleet/naming.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import type { FleetView } from './fleet-view.ts';
import { block, merge, nothing, type Planned } from './plan-input.ts';
import { quarantineOf } from './quarantined.ts';

/**
 * Nodes and environments whose manifest is broken or lost: each is blocked under the action that its manifest would ask for. No removal is
 * planned, because none is wanted.
 */
export function planQuarantined(view: FleetView): Planned {
  const refs = new Set([...view.desired.quarantine.resources.keys(), ...view.recorded.status.keys()]);
  for (const node of view.observed.nodes.values()) {
    refs.add(resourceRef('Node', node.name));
    for (const name of node.environments.keys()) refs.add(resourceRef('Environment', name));
  }
  for (const { ref } of view.desired.nodes.values()) refs.delete(ref);
  for (const { ref } of view.desired.environments.values()) refs.delete(ref);
  return merge([...refs].sort().map((ref) => planOne(view, ref)));
}

function planOne(view: FleetView, ref: ResourceRef): Planned {
  const { desired, recorded } = view;
  const parsed = parseResourceRef(ref);
  const kind = parsed?.kind;
  if (parsed === undefined || (kind !== 'Node' && kind !== 'Environment')) return nothing;
  const status = recorded.status.get(ref);
  const place =
    kind === 'Node'
      ? ownServer(view, parsed.name as NodeName, ref)
      : ownPlace(view, parsed.name as EnvironmentName, ref);
  const isKnown = (status?.sourceFile ?? '') !== '' || desired.locate(ref, '') !== undefined;
  if (place === 'done' || (place === null && !isKnown)) return nothing;
  const found = quarantineOf(view, ref);
  if (found === null) return nothing;
  return block({
    resource: ref,
    node: place ?? ((kind === 'Node' ? parsed.name : (status?.node ?? null)) as NodeName | null),
    kind: kind === 'Node' ? 'node.provision' : 'environment.converge',
    ...found.why,
    cause: found.cause,
  });
}

function ownServer({ desired, observed }: FleetView, name: NodeName, ref: ResourceRef): NodeName | null {
  const uid = observed.nodes.get(name)?.server?.uid;
  return uid === uidOf(desired.config.fleet, ref) ? name : null;
}

/** The node where an environment of this fleet is; `done` for one that is retained for good. */
function ownPlace(
  { desired, placesOf }: FleetView,
  name: EnvironmentName,
  ref: ResourceRef,
): NodeName | 'done' | null {
  const uid = uidOf(desired.config.fleet, ref);
  const own = placesOf(name).find(({ environment }) => environment.uid === uid);
  if (own === undefined) return null;
  const { retained, deletionPolicy } = own.environment;
  return retained && (deletionPolicy ?? 'retain') === 'retain' ? 'done' : own.node.name;
}
