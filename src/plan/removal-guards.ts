import type { ResourceRef } from '../fleet/brand.ts';
import type { Action } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import { because, blockedBy } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { block, nothing, type PlanInput, type Planned } from './plan-input.ts';
import { quarantineOf } from './quarantined.ts';

/**
 * What is planned in place of the removal of a resource that is protected, or whose manifest is broken or lost; null if it is removed. Both are
 * read from the applied state, so deleting the file bypasses neither. `markedOnNode`: the applied manifest on the node says that it is
 * protected; records cannot override it.
 */
export function guardRemoval(view: FleetView, action: Action, markedOnNode: boolean): Planned | null {
  const { resource } = action;
  // No removal is wanted; `planQuarantined` reports the resource.
  if (quarantineOf(view, resource) !== null) return nothing;
  if (view.recorded.status.get(resource)?.protected === true || markedOnNode) {
    const { message, nextStep } = reasons.Protected;
    return block({ ...blockedBy(action, because('Protected', message, nextStep)), cause: null });
  }
  return null;
}

/** Last known file of the manifest of a removed resource. */
export function formerFileOf({ recorded }: PlanInput, ref: ResourceRef): string | null {
  return recorded.status.get(ref)?.sourceFile || null;
}
