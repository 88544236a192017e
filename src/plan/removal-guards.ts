import type { ResourceRef } from '../fleet/brand.ts';
import type { Action } from '../fleet/plan.ts';
import { block, type PlanInput, type Planned } from './plan-input.ts';

/**
 * Protection and broken manifests hold a removal back. Both are read from what was applied, so removing the file bypasses neither.
 * `markedOnNode`: what was applied there says that it is protected, whatever the records say.
 */
export function guardRemoval(input: PlanInput, action: Action, markedOnNode: boolean): Planned | null {
  const { resource, kind } = action;
  const status = input.recorded.status.get(resource);
  const { files, resources, strangers } = input.desired.quarantine;
  const about = { resource, node: action.target.node, kind, needsPerson: true, cause: null, action };
  // Without a record of its file, any broken file may be the one that describes it.
  const mayBeBroken = files.size > 0 && (status === undefined || files.has(status.sourceFile));
  if (resources.has(resource) || mayBeBroken) {
    return block({
      ...about,
      reason: 'quarantined',
      message: `held back: ${status?.sourceFile ?? 'a manifest that may describe it'} is broken`,
      nextStep: 'Mend the manifest: `pressluft validate` shows where.',
    });
  }
  const spoilt =
    status === undefined
      ? [...strangers].sort()[0]
      : strangers.has(status.sourceFile)
        ? status.sourceFile
        : undefined;
  if (spoilt !== undefined) {
    const known = status !== undefined;
    return block({
      ...about,
      reason: 'quarantined',
      message: known
        ? `held back: ${spoilt} described it, is still there, and holds no manifest any more`
        : `held back: it is not recorded which file described it, and ${spoilt} holds no manifest`,
      nextStep: known
        ? `Mend ${spoilt}; or delete the file, if the removal is meant.`
        : 'Bring its manifest back for one pass, so that it is recorded; then remove it again, if the removal is meant.',
    });
  }
  if (status?.protected === true || markedOnNode) {
    return block({
      ...about,
      reason: 'protected',
      message: `${resource} was applied with protected: true`,
      nextStep: 'Bring the manifest back with protected: false, let it be applied, then remove it.',
    });
  }
  return null;
}

/** Where the manifest of something that is removed was, in words. */
export function wasDescribedIn({ recorded }: PlanInput, ref: ResourceRef): string {
  const file = recorded.status.get(ref)?.sourceFile;
  return file === undefined || file === '' ? '' : `; it was described in ${file}`;
}
