import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';

export interface PlanFlags extends RepositoryFlags {
  readonly format: Format;
  readonly detailedExitcode: boolean;
}

export function registerPlan(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('plan'))
    .description('Show what a pass would do now: look at providers and nodes, change nothing.')
    .addOption(formatOption())
    .option(
      '--detailed-exitcode',
      'exit with 5 when there are changes, 6 when something waits for a person',
      false,
    )
    .action(async (flags: PlanFlags) => {
      const { showPlan } = await import('./plan-action.ts');
      await showPlan(context, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft plan --repo https://git.example.org/fleet.git --format json');
}
