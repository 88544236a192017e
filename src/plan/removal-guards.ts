import type { ResourceRef } from '../fleet/brand.ts';
import type { Action } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import { because } from './block-actions.ts';
import { block, type PlanInput, type Planned } from './plan-input.ts';

/**
 * Blocks the removal of protected resources and of those with a broken manifest. Both are read from the applied state, so deleting the file bypasses neither.
 * `markedOnNode`: the applied manifest on the node says that it is protected; records cannot override it.
 */
export function guardRemoval(input: PlanInput, action: Action, markedOnNode: boolean): Planned | null {
  const { resource, kind } = action;
  const status = input.recorded.status.get(resource);
  const { files, resources, notManifests } = input.desired.quarantine;
  const about = { resource, node: action.target.node, kind, cause: null, action };
  // Without a record of its file, any broken file may describe it.
  const mayBeBroken = files.size > 0 && (status === undefined || files.has(status.sourceFile));
  if (resources.has(resource) || mayBeBroken) {
    return block({
      ...about,
      ...because(
        'Quarantined',
        status === undefined ? 'a manifest that may describe it is broken' : 'its manifest is broken',
        reasons.Quarantined.nextStep,
      ),
    });
  }
  const damaged =
    status === undefined
      ? [...notManifests].sort()[0]
      : notManifests.has(status.sourceFile)
        ? status.sourceFile
        : undefined;
  if (damaged !== undefined) {
    const known = status !== undefined;
    return block({
      ...about,
      ...because(
        'Quarantined',
        known
          ? 'the file that described it exists but no longer contains a manifest'
          : `it is not recorded which file described it, and ${damaged} contains no manifest`,
        known
          ? 'Correct the file, or delete it if the removal is intended.'
          : 'Restore its manifest for one pass, so that it is recorded; then remove it again if the removal is intended.',
      ),
    });
  }
  if (status?.protected === true || markedOnNode) {
    const { message, nextStep } = reasons.Protected;
    return block({ ...about, ...because('Protected', message, nextStep) });
  }
  return null;
}

/** Last known file of the manifest of a removed resource. */
export function formerFileOf({ recorded }: PlanInput, ref: ResourceRef): string | null {
  return recorded.status.get(ref)?.sourceFile || null;
}
