import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { ActionId, Blocked } from '../fleet/plan.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { FleetView } from './fleet-view.ts';
import type { PlannedParts } from './plan-input.ts';

/** Whether an environment can be used: it is there, this plan creates it, it is blocked, or it does not exist. */
export type Availability =
  | {
      readonly kind: 'there';
      readonly node: NodeName;
      readonly seen: ObservedEnvironment;
      /** Actions that this plan runs first, e.g. on its node. */
      readonly dependsOn: readonly ActionId[];
    }
  | { readonly kind: 'planned'; readonly node: NodeName; readonly dependsOn: readonly ActionId[] }
  | { readonly kind: 'blocked'; readonly node: NodeName; readonly blocked: Blocked }
  | { readonly kind: 'missing' };

export function availabilityOf(view: FleetView, name: EnvironmentName, parts: PlannedParts): Availability {
  const uid = uidOf(view.desired.config.fleet, resourceRef('Environment', name));
  const desiredNode = view.desired.environments.get(name)?.node;
  const places = view
    .placesOf(name)
    .filter(({ environment }) => environment.complete && environment.uid === uid);
  // A copy that another node reports does not replace the one on the node of the manifest.
  const place = places.find((candidate) => candidate.node.name === desiredNode) ?? places[0];
  const node = place?.node.name ?? desiredNode;
  if (node === undefined) return { kind: 'missing' };
  const onNode = parts.nodes.get(node);
  const own = parts.environments.get(name);
  const blocked = onNode?.blocked[0] ?? (place === undefined ? own?.blocked[0] : undefined);
  if (blocked !== undefined) return { kind: 'blocked', node, blocked };
  if (place !== undefined) {
    // A retained environment is returned to service first.
    const first = place.environment.retained ? (own?.actions ?? []) : [];
    const dependsOn = [...(onNode?.actions ?? []), ...first].map((action) => action.id);
    return { kind: 'there', node, seen: place.environment, dependsOn };
  }
  // Neither there nor planned: a cycle of clones is broken here.
  if (own === undefined || own.actions.length === 0) return { kind: 'missing' };
  return { kind: 'planned', node, dependsOn: own.actions.map((action) => action.id) };
}
