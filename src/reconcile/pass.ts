import { supported } from '../actions/carries-out.ts';
import type { ActionContext } from '../actions/context.ts';
import { pinRecordedKey } from '../actions/host-keys.ts';
import { withInterrupted } from '../actions/interrupted.ts';
import type { CommitSha, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Action, ActionId, Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { ActionResult } from '../fleet/run.ts';
import { estimatesOf } from '../plan/estimates.ts';
import { fleetView } from '../plan/fleet-view.ts';
import { blockedByWindows } from '../plan/guard-windows.ts';
import { plan as makePlan } from '../plan/plan.ts';
import type { PlanInput } from '../plan/plan-input.ts';
import type { Deps } from '../ports/index.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import { type Acceptance, acceptCommit } from './accept-commit.ts';
import { execute } from './execute.ts';
import { factsNow } from './facts.ts';
import { type LoadOptions, loadDesired } from './load-desired.ts';
import type { PassMemory } from './memory.ts';
import { observe, observeAgain } from './observe.ts';
import { createOnce } from './once.ts';
import { outcomeOfPass, type PassReport } from './pass-report.ts';
import type { OnProgress } from './progress.ts';
import { record } from './record-pass.ts';
import { admit, afterFailure } from './retry.ts';
import { closeInterruptedRuns, startRun } from './run-log.ts';
import { settleIntents } from './settle-intents.ts';
import { fetchedStatusBranch, statusBranchKey } from './status-branch.ts';

export interface PassOptions extends LoadOptions {
  readonly pass: string;
  readonly trigger: string;
  /** An operator asked: what is backing off or stalled is tried again at once. */
  readonly operator: boolean;
  readonly signal: AbortSignal;
  /** Aborted by `signal` and by a new commit. */
  readonly waitSignal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Apply everything again, also where nothing differs. */
  readonly force?: boolean;
  /** Plan only: nothing is changed, neither on nodes nor in Git. */
  readonly dryRun?: boolean;
  /** An operator vouches for this commit and its history, whatever their signatures. */
  readonly trustedCommit?: CommitSha;
}

/** One turn of the loop: fetch, observe, plan, act, record. Trusts nothing of the turn before. */
export async function runPass(deps: Deps, memory: PassMemory, options: PassOptions): Promise<PassReport> {
  const started = deps.clock.monotonic();
  const { pass, onProgress } = options;
  onProgress({ kind: 'pass-started', pass, trigger: options.trigger });
  // An earlier pass of this process may have broken off, e.g. because the disk was full.
  if (options.dryRun !== true) closeInterruptedRuns(deps);
  const { tip, statusBranch } = await fetchSource(deps, options);
  const { acceptance, known } = await accept(deps, memory, tip, statusBranch, options);
  const { refusal } = acceptance;
  const commit = acceptance.commit ?? tip;
  const finish = (rest: Partial<PassReport>): PassReport => {
    const durationMs = deps.clock.monotonic() - started;
    onProgress({ kind: 'pass-finished', pass, outcome: outcomeOfPass({ ...rest, refusal }), durationMs });
    return { ...emptyReport, pass, commit, tip, refusal, durationMs, ...rest };
  };
  // No commit is known that may be applied, so everything stays as it is.
  if (acceptance.commit === null) return finish({});

  onProgress({ kind: 'phase', pass, phase: 'load', commit });
  const facts = factsNow(memory, known, deps.clock.now());
  const { fleet: desired, diagnostics } = await loadDesired(deps.git, commit, memory, { ...options, facts });
  // Without the fleet's configuration nothing can be told apart, so everything stays as it is.
  if (desired === undefined) return finish({ diagnostics });

  const recorded = await readRecords(deps, memory, desired, statusBranch, options);
  onProgress({ kind: 'phase', pass, phase: 'observe', commit });
  const before = await observe(deps, desired, recorded, options.signal, memory.offers);
  const contentVersion = await deps.ansible.contentVersion();
  const wanted = makePlan({
    desired,
    observed: before,
    recorded: withInterrupted(deps.store, desired, before, recorded),
    contentVersion,
    force: options.force === true,
    now: deps.clock.now(),
    supported,
  });
  if (options.operator && !options.dryRun) forgetFailures(deps, wanted);
  const plan = admit(wanted, deps.store.retries(), deps.clock.now());
  onProgress({ kind: 'planned', pass, plan });
  if (options.dryRun === true)
    return finish({ diagnostics, plan, observed: before, residual: plan, status: recorded.status });

  for (const { name, server } of before.nodes.values())
    if (server !== null) pinRecordedKey(deps.store, recorded, desired.config.fleet, name, server);
  const mayStart = windowsNow(deps, { desired, observed: before, recorded, contentVersion });
  const acted = await act(deps, desired, recorded, before, plan, mayStart, { ...options, tip });
  const after = await observeAgain(deps, desired, recorded, before, acted, options.signal, memory.offers);
  const residual = await planAgain(deps, desired, after, recorded);
  settleRetries(deps, residual, acted.results);
  settleIntents(deps, desired, after);
  onProgress({ kind: 'phase', pass, phase: 'record', commit });
  const attempted = new Set(acted.results.map((result) => result.resource));
  const { statusCommit, status } = await record(deps, memory, options, {
    desired,
    observed: after,
    recorded,
    residual,
    attempted,
    diagnostics,
    acceptance,
  });
  const preempted = options.waitSignal.aborted;
  const { results } = acted;
  return finish({ diagnostics, plan, observed: after, results, residual, status, statusCommit, preempted });
}

const emptyReport = {
  diagnostics: [],
  plan: null,
  observed: null,
  results: [],
  residual: null,
  status: new Map<ResourceRef, StatusDocument>(),
  statusCommit: null,
  preempted: false,
} as const;

/** Fetches; a remote that cannot be reached now leaves the last known commit in force, so that drift is still mended. */
async function fetchSource(deps: Deps, { pass, onProgress, signal }: PassOptions) {
  const statusBranch = fetchedStatusBranch(deps.store);
  onProgress({ kind: 'phase', pass, phase: 'fetch', commit: null });
  try {
    const tips = await deps.git.fetch(statusBranch, signal);
    return { tip: tips.source, statusBranch };
  } catch (error) {
    // A stopping process is no finding about the remote.
    signal.throwIfAborted();
    const known = (await deps.git.tips(statusBranch)).source;
    if (known === null || !isPressluftError(error)) throw error;
    deps.log.warn(
      { code: error.code, message: messageOf(error), hint: error.hint, commit: known },
      'fetch failed, going on with the last known commit',
    );
    return { tip: known, statusBranch };
  }
}

/** The commit to apply, and what is recorded on the branch that is known before its manifests are read. */
async function accept(
  deps: Deps,
  memory: PassMemory,
  tip: CommitSha,
  statusBranch: string,
  options: PassOptions,
): Promise<{ acceptance: Acceptance; known: RecordedFleet }> {
  const known = await recordsAt(deps, memory, statusBranch);
  const acceptance = await acceptCommit(deps, tip, {
    trustedCommit: options.trustedCommit,
    recorded: known,
    statusBranch,
    readRecords: async (branch) => {
      await deps.git.fetch(branch, options.signal);
      return recordsAt(deps, memory, branch);
    },
    dryRun: options.dryRun === true,
  });
  return { acceptance, known };
}

async function readRecords(
  deps: Deps,
  memory: PassMemory,
  desired: DesiredFleet,
  fetchedBranch: string,
  options: PassOptions,
): Promise<RecordedFleet> {
  const branch = desired.config.statusBranch;
  if (branch !== fetchedBranch) {
    await deps.git.fetch(branch, options.signal);
    if (options.dryRun !== true) deps.store.putValue(statusBranchKey, branch);
  }
  return recordsAt(deps, memory, branch);
}

async function recordsAt(deps: Deps, memory: PassMemory, branch: string): Promise<RecordedFleet> {
  return loadRecorded(deps.git, (await deps.git.tips(branch)).status, memory.statusCache, {
    onUnreadable: (path) =>
      deps.log.warn({ path }, 'a record of the status branch cannot be read and counts as none'),
  });
}

function forgetFailures(deps: Deps, plan: Plan): void {
  const wanted = new Set(plan.actions.map((action) => action.resource));
  for (const retry of deps.store.retries())
    if (wanted.has(retry.resource)) deps.store.deleteRetry(retry.resource);
}

async function act(
  deps: Deps,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  observed: ObservedFleet,
  plan: Plan,
  mayStart: MayStart,
  options: PassOptions & { readonly tip: CommitSha },
): Promise<{ results: readonly ActionResult[]; touched: ReadonlySet<NodeName> }> {
  if (plan.actions.length === 0) return { results: [], touched: new Set() };
  const { pass, onProgress, signal, waitSignal, tip } = options;
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
    mayStart,
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
  run.finish(results);
  return { results, touched };
}

type MayStart = (actions: readonly Action[]) => ReadonlySet<ActionId>;

/** Windows close while a pass works, and freezes begin: what starts is judged by the clock of its start. */
function windowsNow(
  { clock }: Deps,
  input: Pick<PlanInput, 'desired' | 'observed' | 'recorded' | 'contentVersion'>,
): MayStart {
  const estimates = estimatesOf(input.recorded.durations);
  const { windows, freezes } = input.desired.config.maintenance;
  return (actions) => {
    if (windows.length === 0 && freezes.length === 0) return new Set(actions.map(({ id }) => id));
    const view = fleetView({ ...input, supported, now: clock.now() });
    const open = blockedByWindows(view, { actions, blocked: [] }, estimates).actions;
    return new Set(open.map(({ id }) => id));
  };
}

/** The plan after the work: what is left of it says what is not Ready and why. */
async function planAgain(
  deps: Deps,
  desired: DesiredFleet,
  observed: ObservedFleet,
  recorded: RecordedFleet,
) {
  const left = makePlan({
    desired,
    observed,
    recorded: withInterrupted(deps.store, desired, observed, recorded),
    contentVersion: await deps.ansible.contentVersion(),
    now: deps.clock.now(),
    supported,
  });
  return admit(left, deps.store.retries(), deps.clock.now());
}

/** Failures of what is no longer wanted are forgotten. */
function settleRetries(deps: Deps, residual: Plan, results: readonly ActionResult[]): void {
  const open = new Set([...residual.blocked, ...residual.actions].map((item) => item.resource));
  const failed = new Set(
    results.filter((result) => result.outcome === 'failed').map((result) => result.resource),
  );
  for (const { resource } of deps.store.retries()) {
    if (!open.has(resource) && !failed.has(resource)) deps.store.deleteRetry(resource);
  }
}
