import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';

export interface StatusFlags extends RepositoryFlags {
  readonly format: Format;
}

export function registerStatus(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('status'))
    .description(
      'Show what was last recorded of every resource; needs the repository only, no other credentials.',
    )
    .addOption(formatOption())
    .action(async (flags: StatusFlags) => {
      const { showStatus } = await import('./status-action.ts');
      await showStatus(context, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft status --repo https://git.example.org/fleet.git');
}
