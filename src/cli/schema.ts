import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addExamples, type Format, formatOption } from './options.ts';

export function registerSchema(program: Command, context: CliContext): void {
  const command = program
    .command('schema')
    .description('Print the JSON Schema (draft-07) of a kind of manifest; without a kind, list all kinds.')
    .argument('[kind]', 'kind of manifest, e.g. Environment')
    .addOption(formatOption())
    .action(async (kind: string | undefined, { format }: { readonly format: Format }) => {
      const { printSchema } = await import('./schema-action.ts');
      printSchema(context, kind, format);
    });
  addExamples(command, 'pressluft schema', 'pressluft schema Environment > environment.schema.json');
}
