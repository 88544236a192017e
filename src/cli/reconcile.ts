import type { Command } from 'commander';
import { isError, renderDiagnosticsText } from '../manifest/index.ts';
import { runPass } from '../reconcile/pass.ts';
import { exitCodeOfPass, type PassReport } from '../reconcile/pass-report.ts';
import { closeInterruptedRuns } from '../reconcile/run-log.ts';
import type { CliContext, RepositoryFlags, Session } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import { passReportJson } from './pass-report-json.ts';
import { renderPassReport } from './pass-report-text.ts';
import { createProgressView } from './progress/progress-view.ts';
import { isLive } from './terminal.ts';
import { loadOptions, withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

interface ReconcileFlags extends RepositoryFlags {
  readonly format: Format;
  readonly force?: boolean;
}

export function registerReconcile(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('reconcile'))
    .description(
      'Run one pass: fetch, look, plan, act, record. Tries again at once what is backing off or stalled.',
    )
    .addOption(formatOption())
    .option('--force', 'apply everything again, also where nothing differs')
    .action(async (flags: ReconcileFlags) => {
      const { color } = globalOptions(command);
      const report = await withSession(
        context,
        flags,
        { access: 'exclusive', defaultLogLevel: isLive(context) ? 'silent' : 'warn' },
        (session) => onePass(context, session, color, flags.force === true),
      );
      print(context, report, flags.format, color);
      context.setExitCode(exitCodeOfPass(report));
    });
  addExamples(command, 'pressluft reconcile --repo https://git.example.org/fleet.git');
}

async function onePass(
  context: CliContext,
  session: Session,
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
