import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import type { Refusal } from '../fleet/refusal.ts';
import type { ActionResult } from '../fleet/run.ts';
import type { Diagnostic } from '../manifest/index.ts';

/** Result of one pass. */
export interface PassReport {
  readonly pass: string;
  /** The accepted commit; the newest one when no commit may be applied. */
  readonly commit: CommitSha;
  /** The newest commit of the branch. */
  readonly tip: CommitSha;
  /** Why the newest commit is not applied. */
  readonly refusal: Refusal | null;
  readonly diagnostics: readonly Diagnostic[];
  /** Null when `pressluft.yaml` is broken, or no commit may be applied: then nothing is changed. */
  readonly plan: Plan | null;
  readonly observed: ObservedFleet | null;
  readonly results: readonly ActionResult[];
  /** Pending or blocked after the pass. */
  readonly residual: Plan | null;
  readonly status: ReadonlyMap<ResourceRef, StatusDocument>;
  readonly statusCommit: CommitSha | null;
  readonly preempted: boolean;
  readonly durationMs: number;
}

/** Exit code of a pass (docs/operations.md): invalid manifests 2; provider, node or site failed 4; blocked until a person acts 6. */
export function exitCodeOfPass(report: PassReport): number {
  if (report.plan === null) return report.refusal === null ? 2 : 6;
  if (report.results.some((result) => result.outcome === 'failed')) return 4;
  if (report.refusal !== null) return 6;
  const blocked = report.residual?.blocked ?? [];
  const invalid = report.diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  // A broken manifest is an error of its own; a lost one is known only from the records.
  if (blocked.some((item) => item.needsPerson && !(invalid && item.reason === 'Quarantined'))) return 6;
  if (invalid) return 2;
  if (blocked.length > 0) return 4;
  // What is still to be done is no failure.
  const isPending = (report.residual?.actions.length ?? 0) > 0;
  return !isPending && notReadySites(report).length > 0 ? 4 : 0;
}

/** Environments that do not work although they are as described: a site can be broken by what Git does not describe. */
export function notReadySites({ status }: Pick<PassReport, 'status'>): readonly ResourceRef[] {
  return [...status.values()]
    .filter(
      ({ ref, conditions }) =>
        ref.startsWith('environment/') &&
        conditions.some(
          ({ type, status: is, reason }) => type === 'Ready' && is === 'False' && reason !== 'Retained',
        ),
    )
    .map(({ ref }) => ref);
}

/**
 * Outcome of a pass in one word: `invalid`, `failed`, `pending` (more to do), `refused` (the newest commit is not applied), `blocked`,
 * `converged` or `idle`.
 */
export function outcomeOfPass({ plan, results = [], residual, refusal = null }: Partial<PassReport>): string {
  if (plan == null) return refusal === null ? 'invalid' : 'refused';
  if (results.some((result) => result.outcome === 'failed')) return 'failed';
  if (residual?.actions.length) return 'pending';
  if (refusal !== null) return 'refused';
  return residual?.blocked.length ? 'blocked' : results.length > 0 ? 'converged' : 'idle';
}
