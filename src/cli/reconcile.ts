import type { Command } from 'commander';
import type { Blocked } from '../fleet/plan.ts';
import { printable } from '../fleet/printable.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { ActionResult } from '../fleet/run.ts';
import { isError, renderDiagnosticsJson, renderDiagnosticsText } from '../manifest/index.ts';
import { exceptWords } from '../plan/not-applied-words.ts';
import { planJson } from '../plan/plan-json.ts';
import { runPass } from '../reconcile/pass.ts';
import { exitCodeOfPass, notReadySites, outcomeOfPass, type PassReport } from '../reconcile/pass-report.ts';
import { closeInterruptedRuns } from '../reconcile/run-log.ts';
import type { CliContext, RepositoryFlags, Session } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { formatSeconds } from './format-seconds.ts';
import { writeJson } from './json-text.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, type Paint, paintFor } from './paint.ts';
import { createLogRelay, type LogRelay } from './progress/log-relay.ts';
import { createProgressView, isLive } from './progress/progress-view.ts';
import { alignColumns } from './table.ts';
import { loadOptions, withSession } from './with-session.ts';

interface ReconcileFlags extends RepositoryFlags {
  readonly format: Format;
  readonly force?: boolean;
}

export function registerReconcile(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .addOption(formatOption())
    .option('--force', 'apply everything again, even if nothing differs')
    .action((flags: ReconcileFlags) => reconcile(context, flags, globalOptions(command).color));
  addExamples(command, 'pressluft reconcile --repo https://git.example.org/fleet.git');
}

/** Runs one pass for an operator. Progress goes to standard error, the result to standard output. */
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

/** The JSON form of a pass. Observed state is left out, because the status documents contain it. */
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

/** Text summary of a pass: results, failures with errors, blocked changes, and the outcome. */
function renderPassReport(report: PassReport, paint: Paint): string {
  const done = alignColumns(report.results.map((result) => resultCells(result, paint)));
  const failures = report.results.flatMap((result) => failureLines(result, paint));
  const blocked = (report.residual?.blocked ?? []).flatMap((item) => blockedLines(item, paint));
  const blocks = [done, failures, blocked, refusalLines(report, paint), [verdict(report, paint)]].filter(
    (block) => block.length > 0,
  );
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function resultCells({ resource, kind, outcome, changed }: ActionResult, paint: Paint): readonly string[] {
  const words = {
    succeeded: paint.green(changed ? '✓ done' : '✓ nothing to change'),
    failed: paint.red('✗ failed'),
    cancelled: paint.yellow('· cancelled'),
  } as const;
  return [words[outcome], printable(resource), paint.dim(kind)];
}

function failureLines({ resource, error }: ActionResult, paint: Paint): readonly string[] {
  if (error === undefined) return [];
  return [
    `${paint.red('✗')} ${paint.bold(printable(resource))}  ${paint.red(error.code)}`,
    ...error.message.split('\n').map((line) => `    ${printable(line)}`),
    ...(error.hint === undefined ? [] : [`    ${paint.dim('next  ')}${printable(error.hint)}`]),
  ];
}

function blockedLines(item: Blocked, paint: Paint): readonly string[] {
  return [
    `${paint.yellow('!')} ${paint.bold(printable(item.resource))}  ${paint.dim(item.reason)}`,
    ...item.message.split('\n').map((line) => `    ${printable(line)}`),
    `    ${paint.dim('next  ')}${printable(item.nextStep)}`,
  ];
}

function refusalLines({ refusal }: PassReport, paint: Paint): readonly string[] {
  if (refusal === null) return [];
  const { code, tip, message, nextStep } = refusal;
  return [
    `${paint.red('✗')} ${paint.bold(`commit ${tip.slice(0, 12)} is not applied`)}  ${paint.red(code)}`,
    `    ${printable(message)}`,
    `    ${paint.dim('next  ')}${printable(nextStep)}`,
  ];
}

function verdict(report: PassReport, paint: Paint): string {
  const commit = report.commit.slice(0, 7);
  const recorded = report.statusCommit === null ? '' : `, recorded in ${report.statusCommit.slice(0, 7)}`;
  return `${sentence(report, paint)} (commit ${commit}, ${formatSeconds(report.durationMs)}${recorded})`;
}

/** As described is not the same as working. */
function withNotReady(report: PassReport, words: string, paint: Paint): string {
  const broken = notReadySites(report);
  const [first] = broken;
  if (first === undefined) return paint.green(`${words}.`);
  const what = broken.length === 1 ? `${first} is` : `${broken.length} environments are`;
  return paint.yellow(`${words}, but ${what} not ready: \`pressluft status\` says why.`);
}

function sentence(report: PassReport, paint: Paint): string {
  const described = `The fleet is as described${exceptWords({ notApplied: report.plan?.notApplied ?? [] })}`;
  switch (outcomeOfPass(report)) {
    case 'idle':
      return withNotReady(report, `Nothing to do. ${described}`, paint);
    case 'converged':
      return withNotReady(report, `Converged. ${described}`, paint);
    case 'pending':
      return paint.yellow('Not finished. The next pass continues.');
    case 'blocked':
      return paint.yellow('Blocked: see above.');
    case 'refused':
      return report.plan === null
        ? paint.red('Nothing was done: the newest commit was refused, and no other commit is accepted.')
        : paint.yellow('The newest commit was refused; the last accepted commit stays in force.');
    case 'failed':
      return paint.red('Some changes failed.');
    default:
      return paint.red('Nothing was done: pressluft.yaml is missing or broken.');
  }
}
