import { parseResourceRef } from '../fleet/resource.ts';
import { renderDiagnosticsJson } from '../manifest/index.ts';
import { planJson } from '../plan/plan-json.ts';
import { exitCodeOfPass, outcomeOfPass, type PassReport } from '../reconcile/pass-report.ts';

/** The form of a pass for programs. Observed state is left out: the status documents say what was found. */
export function passReportJson(report: PassReport) {
  const { plan, residual } = report;
  return {
    format: 'pressluft-pass',
    version: 1,
    commit: report.commit,
    tip: report.tip,
    refusal: report.refusal,
    outcome: outcomeOfPass(report),
    exitCode: exitCodeOfPass(report),
    durationMs: Math.round(report.durationMs),
    statusCommit: report.statusCommit,
    manifests: renderDiagnosticsJson(report.diagnostics),
    plan: plan === null ? null : planJson(plan),
    results: report.results,
    residual: residual === null ? null : planJson(residual),
    resources: [...report.status.values()].map((status) => ({
      ref: status.ref,
      kind: parseResourceRef(status.ref)?.kind ?? null,
      conditions: status.conditions,
      details: status.details,
    })),
  } as const;
}
