import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isError, renderDiagnosticsJson, renderDiagnosticsText } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { addExamples, type Format, formatOption, globalOptions } from './options.ts';
import { type Paint, paintFor } from './paint.ts';

type Loaded = Awaited<ReturnType<CliContext['loadDirectory']>>;

export function registerValidate(program: Command, context: CliContext): void {
  const command = program
    .command('validate')
    .description('Check the manifests of a directory; needs no repository, credentials or network.')
    .argument('[dir]', 'directory that holds pressluft.yaml', '.')
    .addOption(formatOption())
    .action(async (dir: string, { format }: { format: Format }) => {
      const loaded = await context.loadDirectory(resolve(context.cwd, dir));
      const paint = paintFor(context.stdout, context.env, globalOptions(command).color);
      context.stdout.write(format === 'json' ? validationJson(loaded) : validationText(loaded, paint));
      if (!isValid(loaded)) context.setExitCode(2);
    });
  addExamples(command, 'pressluft validate', 'pressluft validate ./fleet --format json');
}

function isValid({ diagnostics, fleet }: Loaded): boolean {
  return fleet !== undefined && !diagnostics.some(isError);
}

function validationJson(loaded: Loaded): string {
  const { resources, fileCount, diagnostics } = loaded;
  const report = {
    ...renderDiagnosticsJson(diagnostics),
    valid: isValid(loaded),
    files: fileCount,
    resources: resources.map((resource) => resource.ref),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function validationText(loaded: Loaded, paint: Paint): string {
  const { diagnostics } = loaded;
  const found = renderDiagnosticsText(diagnostics, diagnosticStyle(paint));
  const verdict = isValid(loaded)
    ? paint.green('valid')
    : paint.red(count(diagnostics.filter(isError).length, 'error'));
  return `${found}${found === '' ? '' : '\n'}${contents(loaded)}: ${verdict}\n`;
}

/** `5 environments, 3 sites, 2 nodes in 12 files`. */
function contents({ resources, fileCount }: Loaded): string {
  const kinds = ['environment', 'site', 'node', 'provider'] as const;
  const counts = kinds.flatMap((kind) => {
    const number = resources.filter(({ ref }) => ref?.startsWith(`${kind}/`)).length;
    return number === 0 ? [] : [count(number, kind)];
  });
  return `${counts.length === 0 ? 'no resources' : counts.join(', ')} in ${count(fileCount, 'file')}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
