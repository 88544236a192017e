import { isError, renderDiagnosticsText } from '../manifest/index.ts';
import { planJson } from '../plan/plan-json.ts';
import { renderPlanText } from '../plan/render-text.ts';
import { runPass } from '../reconcile/pass.ts';
import type { PassReport } from '../reconcile/pass-report.ts';
import type { CliContext } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import type { Format } from './options.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import type { PlanFlags } from './plan.ts';
import { loadOptions, withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

/** Prints the plan of a pass that changes nothing. */
export async function showPlan(context: CliContext, flags: PlanFlags, color: ColorChoice): Promise<void> {
  const report = await dryRun(context, flags);
  print(context, report, flags.format, color);
  context.setExitCode(exitCodeOfPlan(report, flags.detailedExitcode));
}

function dryRun(context: CliContext, flags: PlanFlags): Promise<PassReport> {
  return withSession(context, flags, { access: 'shared', defaultLogLevel: 'warn' }, (session) =>
    runPass(session.deps, session.memory, {
      ...loadOptions(session),
      pass: 'plan',
      trigger: 'plan',
      operator: false,
      dryRun: true,
      signal: context.signal,
      waitSignal: context.signal,
      onProgress: () => undefined,
    }),
  );
}

function print(context: CliContext, report: PassReport, format: Format, color: ColorChoice): void {
  const { plan, diagnostics } = report;
  // Problems go to stderr, so that a plan on stdout is a plan and nothing else.
  const errors = diagnostics.filter(isError);
  const style = diagnosticStyle(paintFor(context.stderr, context.env, color));
  if (errors.length > 0) context.stderr.write(`${renderDiagnosticsText(errors, style)}\n`);
  if (plan === null) {
    context.stderr.write(
      'There is no plan: pressluft.yaml is missing or broken, so everything is on hold.\n',
    );
    return;
  }
  if (format === 'json') writeJson(context, planJson(plan));
  else context.stdout.write(renderPlanText(planJson(plan), paintFor(context.stdout, context.env, color)));
}

/** Blocked comes before changed: a pipeline that goes on with 5 must not run into what a person has to decide. */
function exitCodeOfPlan({ plan, diagnostics }: PassReport, detailed: boolean): number {
  if (plan === null || diagnostics.some(isError)) return 2;
  if (!detailed) return 0;
  if (plan.blocked.some((item) => item.needsPerson)) return 6;
  return plan.actions.length > 0 ? 5 : 0;
}
