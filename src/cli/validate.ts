import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { addExamples, type Format, formatOption, globalOptions } from './options.ts';

export interface ValidateFlags {
  readonly format: Format;
}

export function registerValidate(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .description('Check the manifests of a directory; needs no repository, credentials or network.')
    .argument('[dir]', 'directory that holds pressluft.yaml', '.')
    .addOption(formatOption())
    .action(async (dir: string, flags: ValidateFlags) => {
      const { validate } = await import('./validate-action.ts');
      await validate(context, dir, flags, globalOptions(command).color);
    });
  addExamples(command, 'pressluft validate', 'pressluft validate ./fleet --format json');
}
