import type { StepReport } from '../../actions/context.ts';
import type { NodeName, ResourceRef } from '../../fleet/brand.ts';
import type { Plan } from '../../fleet/plan.ts';
import type { ActionResult } from '../../fleet/run.ts';
import type { Progress } from '../../reconcile/progress.ts';
import type { ProgressModel, ProgressRow } from './view-model.ts';

type Phase = Extract<Progress, { kind: 'phase' }>;

/** The model after an event. Pure. Rows are kept across the passes of one commit and removed with the next commit. */
export function reduceProgress(model: ProgressModel, event: Progress, nowMs: number): ProgressModel {
  switch (event.kind) {
    case 'pass-started': {
      const { pass, trigger } = event;
      return { ...model, pass, trigger, phase: null, startedAtMs: nowMs, finished: null };
    }
    case 'phase':
      return afterPhase(model, event);
    case 'planned':
      return { ...model, phase: 'plan', rows: afterPlan(model, event.plan, nowMs) };
    case 'action-started':
      return withRow(model, event.resource, (row) => ({
        ...row,
        state: 'working',
        step: null,
        message: null,
        startedAtMs: row.startedAtMs ?? nowMs,
        endedAtMs: null,
      }));
    case 'step':
      return afterStep(model, event.step);
    case 'action-finished':
      return withRow(model, event.result.resource, (row) => afterResult(row, event.result, nowMs));
    case 'recorded':
      return { ...model, statusCommit: event.commit };
    case 'pass-finished': {
      const { outcome, problem, durationMs } = event;
      return { ...model, phase: null, finished: { outcome, problem, durationMs }, nodeSteps: new Map() };
    }
    default:
      return event satisfies never;
  }
}

function afterPhase(model: ProgressModel, { phase, commit }: Phase): ProgressModel {
  if (commit === null || commit === model.commit) return { ...model, phase };
  const unsettled = [...model.rows].filter(([, row]) => row.state !== 'done');
  return { ...model, phase, commit, rows: new Map(unsettled) };
}

function afterPlan(model: ProgressModel, plan: Plan, nowMs: number): ReadonlyMap<ResourceRef, ProgressRow> {
  const rows = new Map<ResourceRef, ProgressRow>();
  // Rows that the new plan does not mention are done.
  for (const [ref, row] of model.rows) rows.set(ref, row.state === 'done' ? row : settled(row, nowMs));
  for (const { resource, node, message } of plan.blocked) {
    rows.set(resource, { ...freshRow(resource, node), state: 'blocked', message });
  }
  const pending = new Map<ResourceRef, number>();
  for (const { resource, target } of plan.actions) {
    pending.set(resource, (pending.get(resource) ?? 0) + 1);
    rows.set(resource, { ...freshRow(resource, target.node), pending: pending.get(resource) ?? 1 });
  }
  return rows;
}

function freshRow(ref: ResourceRef, node: NodeName | null): ProgressRow {
  return {
    ref,
    node,
    state: 'waiting',
    pending: 0,
    step: null,
    message: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}

function settled(row: ProgressRow, nowMs: number): ProgressRow {
  return { ...row, state: 'done', pending: 0, step: null, message: null, endedAtMs: row.endedAtMs ?? nowMs };
}

/** Tasks that run for several environments of a node are reported for the node, which may have no action itself. */
function afterStep(model: ProgressModel, { resource, step }: StepReport): ProgressModel {
  const row = model.rows.get(resource);
  if (row?.state === 'working') return withRow(model, resource, (found) => ({ ...found, step }));
  if (!resource.startsWith('node/')) return model;
  const node = resource.slice('node/'.length) as NodeName;
  return { ...model, nodeSteps: new Map([...model.nodeSteps, [node, step]]) };
}

function afterResult(row: ProgressRow, result: ActionResult, nowMs: number): ProgressRow {
  const pending = Math.max(0, row.pending - 1);
  switch (result.outcome) {
    case 'succeeded':
      return pending === 0
        ? settled({ ...row, endedAtMs: nowMs }, nowMs)
        : { ...row, state: 'waiting', pending, step: null };
    case 'failed': {
      const { error } = result;
      const message = error === undefined ? 'failed' : `${error.code}: ${error.message}`;
      return { ...row, state: 'failed', pending, message, endedAtMs: nowMs };
    }
    case 'cancelled':
      return { ...row, state: 'waiting', pending, step: null, endedAtMs: nowMs };
    default:
      return result.outcome satisfies never;
  }
}

function withRow(
  model: ProgressModel,
  ref: ResourceRef,
  change: (row: ProgressRow) => ProgressRow,
): ProgressModel {
  const row = model.rows.get(ref);
  if (row === undefined) return model;
  return { ...model, rows: new Map([...model.rows, [ref, change(row)]]) };
}
