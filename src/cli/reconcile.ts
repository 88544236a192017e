import type { Command } from 'commander';
import { parseResourceRef } from '../fleet/resource.ts';
import { isError, renderDiagnosticsJson, renderDiagnosticsText } from '../manifest/index.ts';
import { planJson } from '../plan/plan-json.ts';
import { runPass } from '../reconcile/pass.ts';
import { exitCodeOfPass, outcomeOfPass, type PassReport } from '../reconcile/pass-report.ts';
import { closeInterruptedRuns } from '../reconcile/run-log.ts';
import type { CliContext, RepositoryFlags, Session } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { renderPassReport } from './pass-report-text.ts';
import { createLogRelay, type LogRelay } from './progress/log-relay.ts';
import { createProgressView, isLive } from './progress/progress-view.ts';
import { loadOptions, withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

interface ReconcileFlags extends RepositoryFlags {
  readonly format: Format;
  readonly force?: boolean;
}

export function registerReconcile(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .addOption(formatOption())
    .option('--force', 'apply everything again, also where nothing differs')
    .action((flags: ReconcileFlags) => reconcile(context, flags, globalOptions(command).color));
  addExamples(command, 'pressluft reconcile --repo https://git.example.org/fleet.git');
}

/** Runs one pass for an operator, with progress on standard error and the result on standard output. */
async function reconcile(context: CliContext, flags: ReconcileFlags, color: ColorChoice): Promise<void> {
  const log = createLogRelay(context.stderr);
  const report = await withSession(
    context,
    flags,
    { access: 'exclusive', defaultLogLevel: 'warn', logDestination: log },
    (session) => onePass(context, session, log, color, flags.force === true),
  );
  print(context, report, flags.format, color);
  context.setExitCode(exitCodeOfPass(report));
}

async function onePass(
  context: CliContext,
  session: Session,
  log: LogRelay,
  color: ColorChoice,
  force: boolean,
): Promise<PassReport> {
  const { deps, memory } = session;
  closeInterruptedRuns(deps);
  const view = createProgressView({
    stream: context.stderr,
    live: isLive(context),
    paint: paintFor(context.stderr, context.env, color),
    clock: deps.clock,
  });
  log.through(view);
  try {
    return await runPass(deps, memory, {
      ...loadOptions(session),
      pass: '1',
      trigger: 'operator',
      operator: true,
      force,
      signal: context.signal,
      waitSignal: context.signal,
      onProgress: view.onProgress,
    });
  } finally {
    view.stop();
  }
}

function print(context: CliContext, report: PassReport, format: Format, color: ColorChoice): void {
  const errors = report.diagnostics.filter(isError);
  const style = diagnosticStyle(paintFor(context.stderr, context.env, color));
  if (errors.length > 0) context.stderr.write(`\n${renderDiagnosticsText(errors, style)}\n`);
  if (format === 'json') writeJson(context, passReportJson(report));
  else context.stdout.write(renderPassReport(report, paintFor(context.stdout, context.env, color)));
}

/** The form of a pass for programs. Observed state is left out: the status documents say what was found. */
function passReportJson(report: PassReport) {
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
