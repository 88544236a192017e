import type { StepReport } from '../actions/context.ts';
import type { CommitSha } from '../fleet/brand.ts';
import type { ActionResult, Run, RunStep } from '../fleet/run.ts';
import type { Deps } from '../ports/index.ts';
import type { Store } from '../ports/store.ts';

const unrecordedKey = 'runs/unrecorded';
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The timeline of one pass that does something: every step is durable in the store as it happens. */
export interface RunLog {
  readonly id: string;
  add(step: StepReport): void;
  finish(results: readonly ActionResult[]): Run;
}

export function startRun(deps: Deps, commit: CommitSha): RunLog {
  const startedAt = isoTime(deps.clock.now());
  const id = `${startedAt.replace(/[-:]/g, '').replace(/\.\d+/, '')}-${randomName(deps)}`.toLowerCase();
  const steps: RunStep[] = [];
  deps.store.startRun(id, commit, startedAt);
  return {
    id,
    add: (report) => {
      if (report.status === 'running') return;
      const step: RunStep = {
        name: report.step,
        resource: report.resource,
        status: report.status,
        startedAt: isoTime(deps.clock.now() - report.durationMs),
        durationMs: report.durationMs,
        ...(report.message === undefined ? {} : { message: report.message.slice(0, 2000) }),
      };
      steps.push(step);
      deps.store.addRunStep(id, step);
    },
    finish: (results) => {
      const run: Run = { id, commit, startedAt, endedAt: isoTime(deps.clock.now()), results, steps };
      deps.store.finishRun(run);
      putUnrecorded(deps.store, [...unrecordedIds(deps.store), id]);
      return run;
    },
  };
}

/** Finished runs that are not in Git yet, e.g. because the remote could not be reached. */
export function unrecordedRuns(store: Store): readonly Run[] {
  const ids = new Set(unrecordedIds(store));
  return ids.size === 0 ? [] : store.runs(200).filter((run) => ids.has(run.id));
}

export function markRecorded(store: Store, runs: readonly Run[]): void {
  if (runs.length === 0) return;
  const done = new Set(runs.map((run) => run.id));
  putUnrecorded(
    store,
    unrecordedIds(store).filter((id) => !done.has(id)),
  );
}

/** Ends the runs that a killed process left open, so that they are recorded as what they are. */
export function closeInterruptedRuns(deps: Deps): number {
  const ids = deps.store.unfinishedRuns();
  const at = isoTime(deps.clock.now());
  for (const { id, commit, startedAt } of ids) {
    deps.store.finishRun({ id, commit, startedAt, endedAt: at, results: [], steps: [], interrupted: true });
  }
  if (ids.length > 0) putUnrecorded(deps.store, [...unrecordedIds(deps.store), ...ids.map((run) => run.id)]);
  return ids.length;
}

function unrecordedIds(store: Store): readonly string[] {
  const text = store.getValue(unrecordedKey);
  return text === null ? [] : text.split('\n').filter((id) => id !== '');
}

function putUnrecorded(store: Store, ids: readonly string[]): void {
  store.putValue(unrecordedKey, ids.length === 0 ? null : ids.join('\n'));
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function randomName(deps: Deps): string {
  return [...deps.random.bytes(8)].map((byte) => base32[byte % 32]).join('');
}
