import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { ActionId, Blocked } from '../fleet/plan.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { FleetView } from './fleet-view.ts';
import type { PlannedParts } from './plan-input.ts';

/** Whether an environment can be worked with: `there`, made by this plan, blocked, or nowhere. */
export type Availability =
  | {
      readonly kind: 'there';
      readonly node: NodeName;
      readonly seen: ObservedEnvironment;
      /** What this plan does first, e.g. to its node. */
      readonly dependsOn: readonly ActionId[];
    }
  | { readonly kind: 'planned'; readonly node: NodeName; readonly dependsOn: readonly ActionId[] }
  | { readonly kind: 'blocked'; readonly node: NodeName; readonly blocked: Blocked }
  | { readonly kind: 'missing' };

export function availabilityOf(view: FleetView, name: EnvironmentName, parts: PlannedParts): Availability {
  const uid = uidOf(view.desired.config.fleet, resourceRef('Environment', name));
  const wished = view.desired.environments.get(name)?.node;
  const places = view
    .placesOf(name)
    .filter(({ environment }) => environment.complete && environment.uid === uid);
  // Another node that claims it does not take the place of the one it belongs on.
  const place = places.find((candidate) => candidate.node.name === wished) ?? places[0];
  const node = place?.node.name ?? wished;
  if (node === undefined) return { kind: 'missing' };
  const onNode = parts.nodes.get(node);
  const own = parts.environments.get(name);
  const blocked = onNode?.blocked[0] ?? (place === undefined ? own?.blocked[0] : undefined);
  if (blocked !== undefined) return { kind: 'blocked', node, blocked };
  if (place !== undefined) {
    // What is out of service comes back first.
    const first = place.environment.retained ? (own?.actions ?? []) : [];
    const dependsOn = [...(onNode?.actions ?? []), ...first].map((action) => action.id);
    return { kind: 'there', node, seen: place.environment, dependsOn };
  }
  // Neither there nor to be made: the circle of clones that is broken here.
  if (own === undefined || own.actions.length === 0) return { kind: 'missing' };
  return { kind: 'planned', node, dependsOn: own.actions.map((action) => action.id) };
}
