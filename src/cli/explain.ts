import type { Command } from 'commander';
import type { CliContext, RepositoryFlags } from './context.ts';
import { addExamples, addRepositoryOptions, type Format, formatOption, globalOptions } from './options.ts';
import type { ColorChoice } from './paint.ts';

export interface ExplainFlags extends RepositoryFlags {
  readonly format: Format;
}

export function registerExplain(program: Command, context: CliContext): void {
  const command = addRepositoryOptions(program.command('explain'))
    .description('Say what a code means and what to do about it, or why a resource is as it is.')
    .argument('<code|resource>', 'a code such as PL1012, or a resource such as environment/acme-production')
    .addOption(formatOption())
    .action((subject: string, flags: ExplainFlags) =>
      explain(context, subject, flags, globalOptions(command).color),
    );
  addExamples(
    command,
    'pressluft explain PL1012',
    'pressluft explain environment/acme-production --repo https://git.example.org/fleet.git',
  );
}

/** Codes need nothing but the installation; resources need the repository. */
async function explain(
  context: CliContext,
  subject: string,
  flags: ExplainFlags,
  color: ColorChoice,
): Promise<void> {
  if (looksLikeCode(subject)) {
    const { explainCode } = await import('./explain-code-action.ts');
    return explainCode(context, subject, flags.format, color);
  }
  const { explainResource } = await import('./explain-resource-action.ts');
  return explainResource(context, subject, flags, color);
}

/** A slip in a code is still taken for one; `web-1` is the name of a node, and gets its kind suggested. */
function looksLikeCode(subject: string): boolean {
  return /^[a-z]{0,2}-?\d{2,}$|^pl-?\d+$/i.test(subject);
}
