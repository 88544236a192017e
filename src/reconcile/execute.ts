import type { ActionContext } from '../actions/context.ts';
import type { Batch, Failure, Outcome } from '../actions/define-action.ts';
import type { NodeName, ResourceRef } from '../fleet/brand.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { messageOf, PressluftError } from '../fleet/errors.ts';
import type { Action, ActionId, ActionKind, ActionOutputs, Plan } from '../fleet/plan.ts';
import type { ActionResult } from '../fleet/run.ts';
import { batchesOf } from './batches.ts';
import { performBatch } from './perform-batch.ts';

export interface ExecuteHooks {
  readonly started: (action: Action) => void;
  readonly finished: (result: ActionResult, error: PressluftError | undefined, action: Action) => void;
  /** Filters the actions that may still start: a maintenance window may have closed since they were planned. */
  readonly mayStart?: (actions: readonly Action[]) => ReadonlySet<ActionId>;
}

export interface Execution {
  readonly results: readonly ActionResult[];
  readonly touched: ReadonlySet<NodeName>;
}

/**
 * Applies a plan. At most one batch at a time runs on a node; nodes run in parallel up to `concurrency`. A failure skips only its
 * dependents. After `context.waitSignal` is aborted nothing new starts, and running work is finished. An error of a hook (a store that cannot
 * be written) is thrown after everything has ended: no work is left running unobserved.
 */
export async function execute(
  context: ActionContext,
  plan: Plan,
  concurrency: number,
  hooks: ExecuteHooks,
): Promise<Execution> {
  const results = new Map<ActionId, ActionResult>();
  const touched = new Set<NodeName>();
  const running = new Map<string, Promise<void>>();
  const busyNodes = new Set<NodeName>();
  const broken: unknown[] = [];
  let pending = [...plan.actions];

  const finish = (action: Action, raw: ActionResult, error?: PressluftError) => {
    const result = withoutSecrets(context, raw);
    results.set(action.id, result);
    hooks.finished(result, error, action);
  };

  for (;;) {
    if (context.waitSignal.aborted || broken.length > 0) pending = [];
    pending = pending.filter((action) => !action.dependsOn.some((id) => isLost(results.get(id))));
    const ready = pending.filter((action) =>
      action.dependsOn.every((id) => results.get(id)?.outcome === 'succeeded'),
    );
    const late = lateIn(ready, hooks);
    if (late.size > 0) {
      for (const action of late) finish(action, cancelledResult(action));
      pending = pending.filter((action) => !late.has(action));
      continue;
    }
    for (const batch of batchesOf(ready)) {
      if (running.size >= concurrency || busyNodes.has(batch.node)) continue;
      const ids = new Set(batch.actions.map((action) => action.id));
      pending = pending.filter((action) => !ids.has(action.id));
      busyNodes.add(batch.node);
      touched.add(batch.node);
      const work = runBatch(context, batch, hooks, finish)
        .catch((error: unknown) => void broken.push(error))
        .finally(() => {
          busyNodes.delete(batch.node);
          running.delete(batch.key);
        });
      running.set(batch.key, work);
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (broken.length > 0) throw broken[0];
  return { results: [...results.values()], touched };
}

/** Actions that may no longer start; the next pass plans them again, with their dependents. */
function lateIn(ready: readonly Action[], { mayStart }: ExecuteHooks): ReadonlySet<Action> {
  if (mayStart === undefined || ready.length === 0) return new Set();
  const open = mayStart(ready);
  return new Set(ready.filter(({ id }) => !open.has(id)));
}

async function runBatch(
  context: ActionContext,
  batch: Batch,
  hooks: ExecuteHooks,
  finish: (action: Action, result: ActionResult, error?: PressluftError) => void,
): Promise<void> {
  for (const action of batch.actions) hooks.started(action);
  const timed = timeSteps(context);
  const startedMs = context.deps.clock.monotonic();
  // In a run with many environments, each counts its own steps, or its share of the run if it reported none.
  const durationOf = ({ resource }: Action) => {
    const share = (context.deps.clock.monotonic() - startedMs) / batch.actions.length;
    return { durationMs: Math.round(timed.durations.get(resource) ?? share) };
  };
  try {
    const outcomes = await performBatch(timed.context, batch);
    for (const action of batch.actions) {
      const outcome = outcomes.get(action.resource) ?? failure(noResult(action));
      const error = 'error' in outcome ? outcome.error : undefined;
      finish(action, { ...resultOf(action, outcome), ...durationOf(action) }, error);
    }
  } catch (thrown) {
    const cancelled = context.waitSignal.aborted;
    const failed = failure(thrown);
    for (const action of batch.actions) {
      finish(
        action,
        cancelled ? cancelledResult(action) : { ...resultOf(action, failed), ...durationOf(action) },
        cancelled ? undefined : failed.error,
      );
    }
  }
}

/** A context that sums up the durations of the steps of each resource. */
function timeSteps(context: ActionContext) {
  const durations = new Map<ResourceRef, number>();
  const report: ActionContext['report'] = (step) => {
    const before = durations.get(step.resource) ?? 0;
    if (step.status !== 'running') durations.set(step.resource, before + step.durationMs);
    context.report(step);
  };
  return { context: { ...context, report }, durations };
}

/** An outcome comes from the `run` of the action's own kind, so its output is of that kind. */
function resultOf(action: Action, outcome: Outcome<ActionOutputs[ActionKind]>): ActionResult {
  const { changed } = outcome;
  const base = { action: action.id, kind: action.kind, resource: action.resource, changed };
  if ('error' in outcome) {
    const { code, message, hint } = outcome.error;
    return { ...base, outcome: 'failed', error: { code, message, ...(hint === undefined ? {} : { hint }) } };
  }
  const output = outcome.output === null ? {} : { output: outcome.output };
  return { ...base, outcome: 'succeeded', ...output } as ActionResult;
}

/** Results are committed and shown, and the text of an error, especially an unexpected one, may contain secrets. */
function withoutSecrets({ deps }: ActionContext, result: ActionResult): ActionResult {
  if (result.error === undefined) return result;
  return { ...result, error: { ...result.error, message: deps.secrets.redact(result.error.message) } };
}

function cancelledResult(action: Action): ActionResult {
  return {
    action: action.id,
    kind: action.kind,
    resource: action.resource,
    changed: false,
    outcome: 'cancelled',
  };
}

/** A missing outcome is a failure: the action may be incomplete. */
function noResult(action: Action): Error {
  return new Error(`${action.id} ended without a result`);
}

/** A failed action may have changed anything. */
function failure(thrown: unknown): Failure {
  return { changed: true, error: asPressluftError(thrown) };
}

function asPressluftError(thrown: unknown): PressluftError {
  if (thrown instanceof PressluftError) return thrown;
  return new PressluftError(errors.internal, messageOf(thrown), {
    cause: thrown,
    hint: 'This is a defect in Pressluft; please report it with the log of this pass.',
  });
}

function isLost(result: ActionResult | undefined): boolean {
  return result !== undefined && result.outcome !== 'succeeded';
}
