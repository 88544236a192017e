import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { loadCurrent } from './load-current.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import { paintFor } from './paint.ts';
import { renderStatusText } from './status-text.ts';
import { statusView } from './status-view.ts';
import { withSession } from './with-session.ts';
import { writeJson } from './write-json.ts';

interface StatusFlags extends RepositoryFlags {
  readonly format: Format;
}

export function registerStatus(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('status'))
    .description(
      'Show what was last recorded of every resource; needs the repository only, no other credentials.',
    )
    .addOption(formatOption())
    .action(async (flags: StatusFlags) => {
      const view = await withSession(
        context,
        flags,
        { access: 'shared', defaultLogLevel: 'warn' },
        async (session) => statusView(await loadCurrent(context, session)),
      );
      if (flags.format === 'json') return writeJson(context, view);
      const paint = paintFor(context.stdout, context.env, globalOptions(command).color);
      context.stdout.write(renderStatusText(view, paint));
    });
  addExamples(command, 'pressluft status --repo https://git.example.org/fleet.git');
}
