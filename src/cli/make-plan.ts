import { resolve } from 'node:path';
import { actionKinds } from '../actions/index.ts';
import type { CommitSha } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { Plan } from '../fleet/plan.ts';
import type { RecordedFleet } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { diagnosticCodes } from '../manifest/diagnostics/catalogue.ts';
import { type Diagnostic, isError } from '../manifest/index.ts';
import { comparePlans } from '../plan/compare-plans.ts';
import { plan as makePlan } from '../plan/plan.ts';
import { planJson } from '../plan/plan-json.ts';
import type { PlanSubject } from '../plan/plan-view.ts';
import { newDestinations } from '../plan/secret-destinations.ts';
import { configAt } from '../reconcile/config-at.ts';
import { admit } from '../reconcile/retry.ts';
import { loadRecorded } from '../record/load-recorded.ts';
import { observedFile } from '../record/observed-file.ts';
import type { CliContext, ReadOnlySession } from './context.ts';
import { type Described, describedCommits, revertedCommits } from './plan-commits.ts';
import { type Seen, seenBy } from './plan-observed.ts';
import { observedFrom, type PlanRequest, type PlanSource, withPlanSource } from './plan-source.ts';
import { refusalOf } from './refusal-of.ts';

/** A plan with its records, and its published form. */
export interface Planning {
  readonly subject: PlanSubject;
  readonly plan: Plan;
  readonly recorded: RecordedFleet;
  readonly statusBranch: string;
}

export interface PlanOutcome {
  readonly diagnostics: readonly Diagnostic[];
  /** Null if `pressluft.yaml` is missing or broken. */
  readonly planning: Planning | null;
}

/** Makes the plan that the flags describe, in the given session or in one that is opened for the named repository. */
export function planFrom(
  context: CliContext,
  flags: PlanRequest,
  session: ReadOnlySession | null,
): Promise<PlanOutcome> {
  const from = observedFrom(flags);
  return withPlanSource(context, flags, from, session, (source) =>
    planWith(context, flags, source, (fleets, recorded) => seenBy(context, source, from, fleets, recorded)),
  );
}

type Observe = (fleets: readonly DesiredFleet[], recorded: RecordedFleet) => Promise<Seen>;

async function planWith(
  context: CliContext,
  flags: PlanRequest,
  source: PlanSource,
  observe: Observe,
): Promise<PlanOutcome> {
  const { head, base } = await describedCommits(context, flags, source);
  const { diagnostics, fleet } = head.manifests;
  if (fleet === undefined) return { diagnostics, planning: null };
  const recorded = await recordsOf(source, fleet, context.signal);
  const baseFleet = base?.manifests.fleet;
  const seen = await observe(baseFleet === undefined ? [fleet] : [fleet, baseFleet], recorded);
  if (flags.saveObserved !== undefined) await save(context, flags.saveObserved, source, fleet, seen);
  const planned = (desired: DesiredFleet) => planOf(source, desired, recorded, seen);
  const plan = planned(fleet);
  const since =
    base?.commit ?? recorded.status.get(resourceRef('Pressluft', fleet.config.fleet))?.observedRevision;
  const about = {
    fleet: fleet.config.fleet,
    observed: seen.observation,
    reverts: await revertedCommits(source, since ?? null, head),
    notes: [
      ...(await refusalNotes(source, recorded, head)),
      ...seen.notes,
      ...baseNotes(base),
      ...(await secretNotes(source, fleet, baseFleet, since ?? null)),
      ...orderNotes(plan, diagnostics),
    ],
  };
  const json = planJson(plan, about);
  const subject = baseFleet === undefined ? json : comparePlans(planJson(planned(baseFleet), about), json);
  return { diagnostics, planning: { subject, plan, recorded, statusBranch: fleet.config.statusBranch } };
}

async function recordsOf(
  { git, memory, statusBranch }: PlanSource,
  { config }: DesiredFleet,
  signal: AbortSignal,
): Promise<RecordedFleet> {
  const known = await git.tips(config.statusBranch);
  if (config.statusBranch === statusBranch || known.status !== null) {
    return loadRecorded(git, known.status, memory.statusCache);
  }
  const { status } = await git.fetch(config.statusBranch, signal);
  return loadRecorded(git, status, memory.statusCache);
}

function planOf(
  { clock, deps }: PlanSource,
  desired: DesiredFleet,
  recorded: RecordedFleet,
  seen: Seen,
): Plan {
  const now = clock.now();
  const observed = seen.of(desired);
  const plan = makePlan({
    desired,
    observed,
    recorded,
    contentVersion: seen.contentVersion,
    now,
    kinds: actionKinds,
  });
  return deps === null ? plan : admit(plan, deps.store.retries(), now);
}

async function save(
  { cwd, files }: CliContext,
  path: string,
  { clock }: PlanSource,
  desired: DesiredFleet,
  seen: Seen,
): Promise<void> {
  const at = seen.observation.at ?? new Date(clock.now()).toISOString();
  const file = observedFile(desired, seen.of(desired), seen.contentVersion, at);
  await files.write(resolve(cwd, path), `${JSON.stringify(file, null, 2)}\n`);
}

async function refusalNotes(source: PlanSource, recorded: RecordedFleet, { commit }: Described) {
  const refusal = commit === null ? null : await refusalOf(source, recorded, commit);
  return refusal === null ? [] : [`This commit would not be applied: ${refusal.message} (${refusal.code}).`];
}

function baseNotes(base: Described | null): readonly string[] {
  if (base === null) return [];
  if (base.manifests.fleet === undefined)
    return ['The base has no valid pressluft.yaml, so all changes count as added.'];
  return base.manifests.diagnostics.some(isError)
    ? ['Some manifests of the base are broken, so changes of their resources may count as added.']
    : [];
}

/** A new destination of a secret is shown even if it changes no resource. Compared with the base, or else with the commit that was observed last. */
async function secretNotes(
  { git }: PlanSource,
  fleet: DesiredFleet,
  base: DesiredFleet | undefined,
  since: CommitSha | null,
): Promise<readonly string[]> {
  if (base !== undefined) return newDestinations(base, fleet);
  // The commit may be beyond the boundary of a shallow clone.
  const config = since === null ? null : await configAt(git, since).catch(() => null);
  return config === null ? [] : newDestinations({ config }, fleet);
}

/** Warnings about a server type are repeated as notes where such a server is about to be created. */
function orderNotes({ actions }: Plan, diagnostics: readonly Diagnostic[]): readonly string[] {
  const acquired = new Set(
    actions.flatMap(({ kind, resource }) => (actionKinds[kind].effect === 'acquires' ? [resource] : [])),
  );
  return diagnostics.flatMap(({ code, resource, message, expected }) => {
    if (resource === undefined || !acquired.has(resource) || !orderCodes.has(code)) return [];
    return [`${resource}: ${message}${expected === undefined ? '' : ` (${expected})`}`];
  });
}

/** Unknown, retired or sold out. */
const orderCodes: ReadonlySet<Diagnostic['code']> = new Set([
  diagnosticCodes.serverTypeUnknown,
  diagnosticCodes.serverTypeRetired,
  diagnosticCodes.serverTypeSoldOut,
]);
