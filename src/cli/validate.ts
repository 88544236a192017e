import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CliContext } from './context.ts';
import { addExamples, globalOptions } from './options.ts';

export const validateFormats = ['text', 'json', 'github', 'gitlab', 'sarif', 'junit'] as const;
export type ValidateFormat = (typeof validateFormats)[number];

/** A report in a file, beside what is printed. */
export interface ReportFile {
  readonly format: ValidateFormat;
  readonly path: string;
}

export interface ValidateFlags {
  readonly format: ValidateFormat;
  readonly report?: readonly ReportFile[];
  readonly strict: boolean;
}

export function registerValidate(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .description(
      'Check the manifests of a directory; needs no repository, credentials or network. Uses the records that a clone has.',
    )
    .argument('[dir]', 'directory that holds pressluft.yaml', '.')
    .addOption(
      new Option('--format <format>', 'form of the result on standard output')
        .choices(validateFormats)
        .default('text'),
    )
    .option(
      '--report <format=file>',
      'write the result in that form to a file as well; can be given several times',
      addReport,
    )
    .option('--strict', 'take warnings for errors', false)
    .action(async (dir: string, flags: ValidateFlags) => {
      const { validate } = await import('./validate-action.ts');
      await validate(context, dir, flags, globalOptions(command).color);
    });
  addExamples(
    command,
    'pressluft validate',
    'pressluft validate ./fleet --format json',
    'pressluft validate --format github --report sarif=pressluft.sarif --report junit=report/junit.xml',
  );
}

function addReport(text: string, before: readonly ReportFile[] = []): readonly ReportFile[] {
  const equals = text.indexOf('=');
  const format = validateFormats.find((candidate) => candidate === text.slice(0, equals));
  const path = text.slice(equals + 1);
  if (equals === -1 || format === undefined || path === '') {
    throw new InvalidArgumentError(
      `It is written FORMAT=FILE; FORMAT is one of ${validateFormats.join(', ')}.`,
    );
  }
  return [...before, { format, path }];
}
