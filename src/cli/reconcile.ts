import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';

export interface ReconcileFlags extends RepositoryFlags {
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
      const { reconcile } = await import('./reconcile-action.ts');
      await reconcile(context, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft reconcile --repo https://git.example.org/fleet.git');
}
