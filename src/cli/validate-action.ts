import { resolve } from 'node:path';
import { isError, renderDiagnosticsJson, renderDiagnosticsText } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { diagnosticStyle } from './diagnostic-style.ts';
import { type ColorChoice, type Paint, paintFor } from './paint.ts';
import type { ValidateFlags } from './validate.ts';

type Loaded = Awaited<ReturnType<CliContext['loadDirectory']>>;

/** Prints what is wrong with the manifests of a directory, and what is in it. */
export async function validate(
  context: CliContext,
  dir: string,
  { format }: ValidateFlags,
  color: ColorChoice,
): Promise<void> {
  const loaded = await context.loadDirectory(resolve(context.cwd, dir));
  const paint = paintFor(context.stdout, context.env, color);
  context.stdout.write(format === 'json' ? validationJson(loaded) : validationText(loaded, paint));
  if (!isValid(loaded)) context.setExitCode(2);
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
