import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addExamples, addRepositoryOptions, formatOption, globalOptions } from './options.ts';
import type { StatusFlags } from './status-action.ts';

export function registerStatus(command: Command, context: CliContext): void {
  addRepositoryOptions(command)
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
