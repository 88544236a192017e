import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, globalOptions } from './options.ts';

export const planFormats = ['text', 'json', 'markdown'] as const;
export type PlanFormat = (typeof planFormats)[number];

/** What is planned, against what. */
export interface PlanRequest extends RepositoryFlags {
  /** `live`, `status`, or a file that `--save-observed` wrote. */
  readonly observed?: string;
  readonly saveObserved?: string;
  readonly ref?: string;
  readonly base?: string;
  readonly dir?: string;
}

export interface PlanFlags extends PlanRequest {
  readonly format: PlanFormat;
  readonly maxChars?: number;
  readonly detailedExitcode: boolean;
}

export function registerPlan(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('plan'))
    .description('Show what a pass would do, and change nothing.')
    .option(
      '--observed <source>',
      'where the state of the fleet is taken from: `live` asks providers and nodes; `status` takes what was last recorded and needs no credentials; a file that --save-observed wrote (default: live, with --dir status)',
    )
    .option('--save-observed <file>', 'write what was observed to a file, for --observed')
    .option('--ref <commit>', 'plan this branch, tag or commit instead of the tip of the branch')
    .option('--base <commit>', 'show only what the planned commit adds to this one')
    .option('--dir <path>', 'plan the manifests of a directory as they lie there')
    .addOption(
      new Option('--format <format>', 'form of the result on standard output')
        .choices(planFormats)
        .default('text'),
    )
    .option('--max-chars <number>', 'longest comment of the forge, for markdown (default 65536)', count)
    .option(
      '--detailed-exitcode',
      'exit with 5 when there are changes, 6 when something waits for a person',
      false,
    )
    .action(async (flags: PlanFlags) => {
      const { showPlan } = await import('./plan-action.ts');
      await showPlan(context, flags, globalOptions(command));
    });
  addExamples(
    command,
    'pressluft plan --repo https://git.example.org/fleet.git --format json',
    'pressluft plan --observed status --dir .',
    'pressluft plan --observed status --base origin/main --ref HEAD --format markdown',
  );
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number <= 0) throw new InvalidArgumentError('It is a whole number.');
  return number;
}
