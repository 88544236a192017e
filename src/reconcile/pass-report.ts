import type { CommitSha, ResourceRef } from '../fleet/brand.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import type { ActionResult } from '../fleet/run.ts';
import type { Diagnostic } from '../manifest/index.ts';

/** What one pass saw, did and left to do. */
export interface PassReport {
  readonly pass: string;
  readonly commit: CommitSha;
  readonly diagnostics: readonly Diagnostic[];
  /** Null when `pressluft.yaml` is broken: then everything is on hold. */
  readonly plan: Plan | null;
  readonly observed: ObservedFleet | null;
  readonly results: readonly ActionResult[];
  /** Still to be done, or held back, after the pass. */
  readonly residual: Plan | null;
  readonly status: ReadonlyMap<ResourceRef, StatusDocument>;
  readonly statusCommit: CommitSha | null;
  readonly preempted: boolean;
  readonly durationMs: number;
}

/** Exit code of a pass (design §9): invalid manifests 2, provider or node failed 4, held back until a person acts 6. */
export function exitCodeOfPass(report: PassReport): number {
  if (report.plan === null) return 2;
  if (report.results.some((result) => result.outcome === 'failed')) return 4;
  const blocked = report.residual?.blocked ?? [];
  if (blocked.some((item) => item.needsPerson && item.reason !== 'quarantined')) return 6;
  if (report.diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return 2;
  if (blocked.length > 0) return 4;
  return 0;
}

/** One word for how a pass ended: `invalid`, `failed`, `pending` (more to do), `blocked`, `converged` or `idle`. */
export function outcomeOfPass({ plan, results = [], residual }: Partial<PassReport>): string {
  if (plan == null) return 'invalid';
  if (results.some((result) => result.outcome === 'failed')) return 'failed';
  if (residual?.actions.length) return 'pending';
  return residual?.blocked.length ? 'blocked' : results.length > 0 ? 'converged' : 'idle';
}
