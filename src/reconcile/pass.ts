import { pinRecordedKey } from '../actions/host-keys.ts';
import { actionKinds } from '../actions/index.ts';
import { withInterrupted } from '../actions/interrupted.ts';
import { settlePinnedServers } from '../actions/server-pins.ts';
import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import type { ActionResult } from '../fleet/run.ts';
import { type Diagnostic, isError } from '../manifest/index.ts';
import { plan as makePlan } from '../plan/plan.ts';
import type { Deps } from '../ports/index.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import { type Acceptance, acceptCommit } from './accept-commit.ts';
import { withAccepted } from './accepted-identities.ts';
import { act } from './act.ts';
import { factsNow } from './facts.ts';
import { type LoadOptions, loadDesired } from './load-desired.ts';
import type { PassMemory } from './memory.ts';
import { observe, observeAgain } from './observe.ts';
import { outcomeOfPass, type PassReport } from './pass-report.ts';
import type { OnProgress } from './progress.ts';
import { recordInvalid } from './record-invalid.ts';
import { record } from './record-pass.ts';
import { admit, needsForce } from './retry.ts';
import { closeInterruptedRuns } from './run-log.ts';
import { settleIntents } from './settle-intents.ts';
import { fetchedStatusBranch, statusBranchKey } from './status-branch.ts';

export interface PassOptions extends LoadOptions {
  readonly pass: string;
  readonly trigger: string;
  /** An operator asked for it: retries at once, without back-off. */
  readonly operator: boolean;
  readonly signal: AbortSignal;
  /** Aborted by `signal` and by a new commit. */
  readonly waitSignal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Apply everything again, even without differences. */
  readonly force?: boolean;
  /** Plan only: changes nothing, neither on nodes nor in Git. */
  readonly dryRun?: boolean;
  /** Commit that an operator trusts with its history, regardless of signatures. */
  readonly trustedCommit?: CommitSha;
}

/** One pass: fetch, observe, plan, act, record. Does not rely on the result of the previous pass. */
export async function runPass(deps: Deps, memory: PassMemory, options: PassOptions): Promise<PassReport> {
  const started = deps.clock.monotonic();
  const { pass, onProgress } = options;
  onProgress({ kind: 'pass-started', pass, trigger: options.trigger });
  // An earlier pass of this process may have failed, e.g. because the disk was full.
  if (options.dryRun !== true) closeInterruptedRuns(deps);
  const { tip, statusBranch } = await fetchSource(deps, options);
  const { acceptance, known } = await accept(deps, memory, tip, statusBranch, options);
  const { refusal } = acceptance;
  const commit = acceptance.commit ?? tip;
  const finish = (rest: Partial<PassReport>): PassReport => {
    const durationMs = deps.clock.monotonic() - started;
    const outcome = outcomeOfPass({ ...rest, refusal });
    const problem = problemOf(outcome, refusal, rest.diagnostics ?? []);
    onProgress({ kind: 'pass-finished', pass, outcome, problem, durationMs });
    return { ...emptyReport, pass, commit, tip, refusal, durationMs, ...rest };
  };
  // No commit may be applied, so nothing is changed.
  if (acceptance.commit === null) return finish({});

  onProgress({ kind: 'phase', pass, phase: 'load', commit });
  const facts = factsNow(memory, known, deps.clock.now());
  const { fleet: desired, diagnostics } = await loadDesired(deps.git, commit, memory, { ...options, facts });
  // Without the configuration of the fleet nothing can be planned, so nothing is changed.
  if (desired === undefined) {
    const recordedAs = options.dryRun === true ? undefined : { recorded: known, branch: statusBranch };
    const statusCommit =
      recordedAs === undefined
        ? null
        : await recordInvalid(deps, memory, options, { ...recordedAs, commit, diagnostics });
    return finish({ diagnostics, statusCommit });
  }

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
    kinds: actionKinds,
  });
  if (options.operator && !options.dryRun) forgetFailures(deps, wanted, options.force === true);
  const plan = admit(wanted, deps.store.retries(), deps.clock.now());
  onProgress({ kind: 'planned', pass, plan });
  if (options.dryRun === true)
    return finish({ diagnostics, plan, observed: before, residual: plan, status: recorded.status });

  for (const { name, server } of before.nodes.values())
    if (server !== null) pinRecordedKey(deps.store, recorded, desired.config.fleet, name, server);
  settlePinnedServers(deps.store, desired, before, recorded);
  const situation = { desired, observed: before, recorded, contentVersion };
  const acted = await act(deps, situation, plan, { ...options, tip });
  const accepted = withAccepted(recorded, plan, acted.results);
  const after = await observeAgain(deps, desired, accepted, before, acted, options.signal, memory.offers);
  const residual = await planAgain(deps, desired, after, accepted);
  settleRetries(deps, residual, acted.results);
  settleIntents(deps, desired, after);
  onProgress({ kind: 'phase', pass, phase: 'record', commit });
  const { statusCommit, status } = await record(deps, memory, options, {
    desired,
    observed: after,
    recorded,
    residual,
    results: acted.results,
    diagnostics,
    acceptance,
  });
  const preempted = options.waitSignal.aborted;
  const { results } = acted;
  return finish({ diagnostics, plan, observed: after, results, residual, status, statusCommit, preempted });
}

function problemOf(
  outcome: string,
  refusal: Refusal | null,
  diagnostics: readonly Diagnostic[],
): string | null {
  if (refusal !== null) return refusal.message;
  const first = outcome === 'invalid' ? diagnostics.find(isError) : undefined;
  return first === undefined ? null : `${first.file}:${first.line}:${first.column} ${first.message}`;
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

/** Fetches; if the remote is unreachable the last known commit stays in use, so that drift is still repaired. */
async function fetchSource(deps: Deps, { pass, onProgress, signal }: PassOptions) {
  const statusBranch = fetchedStatusBranch(deps.store);
  onProgress({ kind: 'phase', pass, phase: 'fetch', commit: null });
  try {
    const tips = await deps.git.fetch(statusBranch, signal);
    return { tip: tips.source, statusBranch };
  } catch (error) {
    // A stopping process says nothing about the remote.
    signal.throwIfAborted();
    const known = (await deps.git.tips(statusBranch)).source;
    if (known === null || !isPressluftError(error)) throw error;
    deps.log.warn(
      { code: error.code, message: messageOf(error), hint: error.hint, commit: known },
      'fetch failed, continuing with the last known commit',
    );
    return { tip: known, statusBranch };
  }
}

/** The commit to apply, and the records of the status branch that is known before its manifests are read. */
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
      deps.log.warn({ path }, 'a record of the status branch cannot be read and is ignored'),
  });
}

function forgetFailures(deps: Deps, plan: Plan, force: boolean): void {
  const wanted = new Set(plan.actions.map((action) => action.resource));
  for (const retry of deps.store.retries())
    if (wanted.has(retry.resource) && (force || !needsForce(retry))) deps.store.deleteRetry(retry.resource);
}

/** The plan after the work: its items show what is not Ready and why. */
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
    kinds: actionKinds,
  });
  return admit(left, deps.store.retries(), deps.clock.now());
}

/** Failures of actions that are no longer planned are deleted. */
function settleRetries(deps: Deps, residual: Plan, results: readonly ActionResult[]): void {
  const open = new Set([...residual.blocked, ...residual.actions].map((item) => item.resource));
  const failed = new Set(
    results.filter((result) => result.outcome === 'failed').map((result) => result.resource),
  );
  for (const { resource } of deps.store.retries()) {
    if (!open.has(resource) && !failed.has(resource)) deps.store.deleteRetry(resource);
  }
}
