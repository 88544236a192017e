import type { ActionContext } from '../actions/context.ts';
import { actionKinds } from '../actions/index.ts';
import type { CommitSha, NodeName } from '../fleet/brand.ts';
import type { Action, ActionId, FieldChange, Plan } from '../fleet/plan.ts';
import type { ActionResult } from '../fleet/run.ts';
import { estimatesOf } from '../plan/estimates.ts';
import { fleetView } from '../plan/fleet-view.ts';
import { blockedByWindows } from '../plan/guard-windows.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { Deps } from '../ports/index.ts';
import { type Execution, execute } from './execute.ts';
import type { OnProgress } from './progress.ts';
import { afterFailure } from './retry.ts';
import { startRun } from './run-log.ts';

/** The input of the plan. */
type Situation = Pick<PlanInput, 'desired' | 'observed' | 'recorded' | 'contentVersion'>;

interface ActOptions {
  readonly pass: string;
  readonly tip: CommitSha;
  readonly signal: AbortSignal;
  readonly waitSignal: AbortSignal;
  readonly onProgress: OnProgress;
}

/** Applies a plan as one run. Steps are stored as they happen, and each failure counts for the back-off. */
export async function act(
  deps: Deps,
  situation: Situation,
  plan: Plan,
  { pass, onProgress, signal, waitSignal, tip }: ActOptions,
): Promise<Execution> {
  if (plan.actions.length === 0) return { results: [], touched: new Set() };
  const { desired, observed, recorded } = situation;
  onProgress({ kind: 'phase', pass, phase: 'act', commit: desired.commit, tip });
  const run = startRun(deps, desired.commit);
  const learnt = new Map<NodeName, string>();
  const context: ActionContext = {
    deps: { ...deps, log: deps.log.child({ run: run.id }) },
    desired,
    recorded,
    addressOf: (node) => learnt.get(node) ?? observed.nodes.get(node)?.ipv4 ?? null,
    learnAddress: (node, ipv4) => learnt.set(node, ipv4),
    signal,
    waitSignal,
    once: createOnce(),
    report: (step) => {
      run.add(step);
      onProgress({ kind: 'step', pass, step });
    },
  };
  const { results, touched } = await execute(context, plan, desired.config.concurrency, {
    mayStart: windowsNow(deps, situation),
    started: (action) =>
      onProgress({ kind: 'action-started', pass, resource: action.resource, action: action.id }),
    finished: (result, error, action) => {
      onProgress({ kind: 'action-finished', pass, result });
      if (result.outcome === 'succeeded') deps.store.deleteRetry(result.resource);
      if (error === undefined) return;
      const previous = deps.store.retries().find((retry) => retry.resource === result.resource);
      const failure = {
        action,
        code: error.code,
        message: result.error?.message ?? '',
        hint: error.hint ?? null,
        retriable: error.retry.kind !== 'never',
        afterMs: error.retry.kind === 'after' ? error.retry.afterMs : null,
      };
      deps.store.putRetry(afterFailure(previous, failure, deps.clock.now(), deps.random.float()));
    },
  });
  const explained = withReasons(results, plan);
  run.finish(explained);
  return { results: explained, touched };
}

/** A record is for people: more differences than these are not read, and a value can be a whole file. */
const maxChanges = 20;
const maxValueLength = 500;

/** Results with the reasons and differences of their actions, so that a run also tells what had drifted. */
function withReasons(results: readonly ActionResult[], plan: Plan): readonly ActionResult[] {
  const actions = new Map(plan.actions.map((action) => [action.id, action]));
  return results.map((result) => {
    const action = actions.get(result.action);
    if (action === undefined) return result;
    const changes = action.changes.slice(0, maxChanges).map(shortened);
    return { ...result, reason: action.reason, ...(changes.length === 0 ? {} : { changes }) };
  });
}

function shortened({ field, before, after }: FieldChange): FieldChange {
  return { field, before: shortValue(before), after: shortValue(after) };
}

function shortValue(value: unknown): unknown {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= maxValueLength ? value : `${text.slice(0, maxValueLength)}…`;
}

/** Windows close and freezes begin during a pass, so each action is checked at the time at which it starts. */
function windowsNow(
  { clock }: Deps,
  input: Situation,
): (actions: readonly Action[]) => ReadonlySet<ActionId> {
  const estimates = estimatesOf(input.recorded.durations, actionKinds);
  const { windows, freezes } = input.desired.config.maintenance;
  return (actions) => {
    if (windows.length === 0 && freezes.length === 0) return new Set(actions.map(({ id }) => id));
    const view = fleetView({ ...input, kinds: actionKinds, now: clock.now() });
    const open = blockedByWindows(view, { actions, blocked: [] }, estimates).actions;
    return new Set(open.map(({ id }) => id));
  };
}

/** Runs work at most once for each key. A failure is not cached, so that the next caller tries again. */
function createOnce(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const done = new Map<string, Promise<unknown>>();
  return <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const known = done.get(key);
    if (known !== undefined) return known as Promise<T>;
    const started = work();
    done.set(key, started);
    started.catch(() => done.delete(key));
    return started;
  };
}
