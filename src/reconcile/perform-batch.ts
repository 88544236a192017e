import type { ActionContext } from '../actions/context.ts';
import type { Batch, Outcomes } from '../actions/define-action.ts';
import { actionKinds } from '../actions/index.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { ActionKind, ActionOutputs } from '../fleet/plan.ts';

/** Runs one batch. Throws when it failed as a whole; otherwise every resource has an outcome. */
export async function performBatch(
  context: ActionContext,
  batch: Batch,
): Promise<Outcomes<ActionOutputs[ActionKind]>> {
  const [first] = batch.actions;
  if (first === undefined) return new Map();
  const { run } = actionKinds[first.kind];
  if (run === undefined) throw new PressluftError(errors.internal, `${first.id}: this kind is not supported`);
  return run(context, batch);
}
