import type { ResourceRef } from '../fleet/brand.ts';
import type { Action } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import { because } from './block-actions.ts';
import { block, type PlanInput, type Planned } from './plan-input.ts';

/**
 * Protection and broken manifests block a removal. Both are read from what was applied, so removing the file bypasses neither.
 * `markedOnNode`: what was applied there says that it is protected, whatever the records say.
 */
export function guardRemoval(input: PlanInput, action: Action, markedOnNode: boolean): Planned | null {
  const { resource, kind } = action;
  const status = input.recorded.status.get(resource);
  const { files, resources, notManifests } = input.desired.quarantine;
  const about = { resource, node: action.target.node, kind, cause: null, action };
  // Without a record of its file, any broken file may be the one that describes it.
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
  const spoilt =
    status === undefined
      ? [...notManifests].sort()[0]
      : notManifests.has(status.sourceFile)
        ? status.sourceFile
        : undefined;
  if (spoilt !== undefined) {
    const known = status !== undefined;
    return block({
      ...about,
      ...because(
        'Quarantined',
        known
          ? 'the file that described it still exists and holds no manifest any more'
          : `it is not recorded which file described it, and ${spoilt} holds no manifest`,
        known
          ? 'Correct the file; or delete it, if the removal is meant.'
          : 'Bring its manifest back for one pass, so that it is recorded; then remove it again, if the removal is meant.',
      ),
    });
  }
  if (status?.protected === true || markedOnNode) {
    const { message, nextStep } = reasons.Protected;
    return block({ ...about, ...because('Protected', message, nextStep) });
  }
  return null;
}

/** Where the manifest of something that is removed was. */
export function formerFileOf({ recorded }: PlanInput, ref: ResourceRef): string | null {
  return recorded.status.get(ref)?.sourceFile || null;
}
