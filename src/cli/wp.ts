import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions } from './options.ts';

export function registerWp(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('wp'))
    .description(
      'Run wp-cli in an environment, as its own user. Passes standard input on, and ends with the exit code of wp.',
    )
    .usage('[options] <environment> -- <args...>')
    .argument('<environment>', 'name of the environment')
    .argument('<args...>', 'arguments of wp, after --')
    .action(async (environment: string, args: readonly string[], flags: RepositoryFlags) => {
      const { wp } = await import('./wp-action.ts');
      await wp(context, environment, args, flags);
    });
  addExamples(
    command,
    'pressluft wp acme-production -- plugin list --format=json',
    'pressluft wp acme-production -- db export - > acme.sql',
  );
}
