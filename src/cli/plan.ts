import { type Command, InvalidArgumentError, Option } from 'commander';
import { actionKinds } from '../actions/index.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import { isError, renderDiagnosticsText } from '../manifest/index.ts';
import type { PlanSubject } from '../plan/plan-view.ts';
import { renderPlanMarkdown } from '../plan/render-markdown.ts';
import { renderPlanText } from '../plan/render-text.ts';
import type { CliContext } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { type PlanOutcome, planFrom } from './make-plan.ts';
import { addExamples, addRepositoryOptions, globalOptions } from './options.ts';
import { type GlobalOptions, paintFor } from './paint.ts';
import type { PlanRequest } from './plan-source.ts';

const planFormats = ['text', 'json', 'markdown'] as const;
type PlanFormat = (typeof planFormats)[number];

interface PlanFlags extends PlanRequest {
  readonly format: PlanFormat;
  readonly maxChars?: number;
  readonly detailedExitcode: boolean;
}

export function registerPlan(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
    .option(
      '--observed <source>',
      'source of the observed state: `live` asks providers and nodes; `status` reads the last records and needs no credentials; or a file that --save-observed wrote (default: live; with --dir: status)',
    )
    .option('--save-observed <file>', 'write the observed state to a file, for --observed')
    .option('--ref <commit>', 'plan this branch, tag or commit instead of the tip of the branch')
    .option('--base <commit>', 'show only the changes that the planned commit adds to this one')
    .option('--dir <path>', 'plan the manifests of a directory, committed or not')
    .addOption(new Option('--format <format>', 'output format').choices(planFormats).default('text'))
    .option('--max-chars <number>', 'maximum length of a comment, for markdown (default 65536)', count)
    .option(
      '--detailed-exitcode',
      'exit with 5 if there are changes, 6 if a blocked change needs a person',
      false,
    )
    .action((flags: PlanFlags) => showPlan(context, flags, globalOptions(command)));
  addExamples(
    command,
    'pressluft plan --repo https://git.example.org/fleet.git --format json',
    'pressluft plan --observed status --dir .',
    'pressluft plan --observed status --base origin/main --ref HEAD --format markdown',
  );
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number <= 0)
    throw new InvalidArgumentError('Expected a positive integer.');
  return number;
}

/** Prints the plan of a commit, or the changes that it adds to another. */
async function showPlan(context: CliContext, flags: PlanFlags, options: GlobalOptions): Promise<void> {
  const outcome = await planFrom(context, flags, null);
  print(context, outcome, flags, options);
  context.setExitCode(exitCodeOfPlan(outcome, flags.detailedExitcode));
}

function print(
  context: CliContext,
  { diagnostics, planning }: PlanOutcome,
  { format, maxChars }: PlanFlags,
  { color, verbose }: GlobalOptions,
): void {
  // Problems go to stderr, so that stdout contains only the plan.
  const errors = diagnostics.filter(isError);
  const style = diagnosticStyle(paintFor(context.stderr, context.env, color));
  if (errors.length > 0) context.stderr.write(`${renderDiagnosticsText(errors, style)}\n`);
  if (planning === null) {
    context.stderr.write('There is no plan: pressluft.yaml is missing or broken, so nothing is applied.\n');
    return;
  }
  context.stdout.write(rendered(context, planning.subject, format, maxChars, color, verbose));
}

function rendered(
  context: CliContext,
  subject: PlanSubject,
  format: PlanFormat,
  maxChars: number | undefined,
  color: GlobalOptions['color'],
  verbose: boolean,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(subject, null, 2)}\n`;
    case 'markdown':
      return renderPlanMarkdown(subject, actionKinds, maxChars === undefined ? {} : { maxChars });
    case 'text': {
      const columns = context.stdout.columns;
      const width = typeof columns === 'number' ? { columns } : {};
      const paint = paintFor(context.stdout, context.env, color);
      return renderPlanText(subject, actionKinds, paint, { ...width, verbose });
    }
    default:
      return format satisfies never;
  }
}

/** Blocked takes precedence over changed: a pipeline that continues on 5 must not skip a decision of a person. */
function exitCodeOfPlan({ planning, diagnostics }: PlanOutcome, detailed: boolean): number {
  if (planning === null || diagnostics.some(isError)) return exitCodes.input.code;
  if (!detailed) return exitCodes.done.code;
  const { actions, blocked } = planning.plan;
  if (blocked.some((item) => item.needsPerson)) return exitCodes.blocked.code;
  return actions.length > 0 ? exitCodes.changes.code : exitCodes.done.code;
}
