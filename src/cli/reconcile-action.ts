import { isError, renderDiagnosticsText } from '../manifest/index.ts';
import { runPass } from '../reconcile/pass.ts';
import { exitCodeOfPass, type PassReport } from '../reconcile/pass-report.ts';
import { closeInterruptedRuns } from '../reconcile/run-log.ts';
import type { CliContext, Session } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import type { Format } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { passReportJson } from './pass-report-json.ts';
import { renderPassReport } from './pass-report-text.ts';
import { createLogRelay, type LogRelay } from './progress/log-relay.ts';
import { createProgressView } from './progress/progress-view.ts';
import type { ReconcileFlags } from './reconcile.ts';
import { isLive } from './terminal.ts';
import { loadOptions, withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

/** Runs one pass for an operator, with progress on standard error and the result on standard output. */
export async function reconcile(
  context: CliContext,
  flags: ReconcileFlags,
  color: ColorChoice,
): Promise<void> {
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
