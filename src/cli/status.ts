import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';

export interface StatusFlags extends RepositoryFlags {
  readonly format: Format;
  readonly all?: boolean;
}

export function registerStatus(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('status'))
    .description('Show what was last recorded of every resource; needs the repository only, no credentials.')
    .argument('[resource]', 'such as site/acme or node/web-1; with what stands below it')
    .option('--all', 'show also what is ready of a large fleet')
    .addOption(formatOption())
    .action(async (subject: string | undefined, flags: StatusFlags) => {
      const { showStatus } = await import('./status-action.ts');
      await showStatus(context, subject, flags, globalOptions(command).color);
    });
  addExamples(
    command,
    'pressluft status --repo https://git.example.org/fleet.git',
    'pressluft status site/acme',
  );
}
