import type { StepReport } from '../actions/context.ts';
import type { CommitSha } from '../fleet/brand.ts';
import type { ActionResult, Run, RunStep } from '../fleet/run.ts';
import type { Deps } from '../ports/index.ts';
import type { Store } from '../ports/store.ts';

const unrecordedKey = 'runs/unrecorded';
const base32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The timeline of one pass with actions: every step is stored durably as it happens. */
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
      // In this order: a kill in between leaves an open run, which is closed later, and never a run that would not be recorded.
      addUnrecorded(deps.store, [id]);
      deps.store.finishRun(run);
      return run;
    },
  };
}

/** More than a pass normally records, and the limit of the store. */
const [fewRuns, allRuns] = [50, 1000];

/** Finished runs that are not in Git yet, e.g. because the remote was unreachable; newest first. */
export function unrecordedRuns(store: Store): readonly Run[] {
  const ids = new Set(unrecordedIds(store));
  if (ids.size === 0) return [];
  const among = (limit: number) => store.runs(limit).filter((run) => ids.has(run.id));
  const newest = among(fewRuns);
  return newest.length === ids.size ? newest : among(allRuns);
}

/** Removes runs from the list of runs to record, together with those that the store no longer keeps. */
export function markRecorded(store: Store, runs: readonly Run[]): void {
  if (runs.length === 0) return;
  const done = new Set(runs.map((run) => run.id));
  const left = unrecordedIds(store).filter((id) => !done.has(id));
  const known = left.length === 0 ? [] : [...store.unfinishedRuns(), ...store.runs(allRuns)];
  const kept = new Set(known.map(({ id }) => id));
  putUnrecorded(
    store,
    left.filter((id) => kept.has(id)),
  );
}

/** Closes the runs that a killed process or a failed pass left open, so that they are recorded as interrupted. */
export function closeInterruptedRuns(deps: Deps): number {
  const open = deps.store.unfinishedRuns();
  if (open.length === 0) return 0;
  const at = isoTime(deps.clock.now());
  addUnrecorded(
    deps.store,
    open.map(({ id }) => id),
  );
  for (const { id, commit, startedAt } of open) {
    deps.store.finishRun({ id, commit, startedAt, endedAt: at, results: [], steps: [], interrupted: true });
  }
  return open.length;
}

function addUnrecorded(store: Store, ids: readonly string[]): void {
  putUnrecorded(store, [...new Set([...unrecordedIds(store), ...ids])]);
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
