import { resolve } from 'node:path';
import { diagnosticCodes } from '../manifest/diagnostics/catalogue.ts';
import type { Diagnostic } from '../manifest/index.ts';
import type { CliContext } from './context.ts';
import { type ColorChoice, paintFor } from './paint.ts';
import type { ValidateFlags } from './validate.ts';
import { prefixInCheckout } from './validate-paths.ts';
import { renderValidation } from './validate-render.ts';
import { tellRefusal } from './validate-signatures.ts';
import { appendJobSummary } from './validate-summary.ts';
import { type Validation, verdictLine } from './validate-verdict.ts';

/** Prints what is wrong with the manifests of a directory, and what is in it; writes the reports that are asked for. */
export async function validate(
  context: CliContext,
  dir: string,
  flags: ValidateFlags,
  color: ColorChoice,
): Promise<void> {
  const path = resolve(context.cwd, dir);
  const loaded = await context.loadDirectory(path);
  const diagnostics = flags.strict ? loaded.diagnostics.map(strictly) : loaded.diagnostics;
  const validation: Validation = {
    loaded: { ...loaded, diagnostics },
    valid: loaded.fleet !== undefined && !diagnostics.some(({ severity }) => severity === 'error'),
    prefix: prefixInCheckout(context, path),
    version: context.version,
    readOn: hasJobSummary(context) ? 'are in the summary of this job' : 'are listed by pressluft validate',
  };
  const { format } = flags;
  const paint = paintFor(context.stdout, context.env, color);
  context.stdout.write(renderValidation(validation, format, paint));
  if (format !== 'text') {
    context.stderr.write(verdictLine(validation, paintFor(context.stderr, context.env, color)));
  } else if (!validation.valid && context.stderr.isTTY === true) context.stderr.write(readMore(diagnostics));
  await tellRefusal(context, path, loaded, paintFor(context.stderr, context.env, color));
  if (format === 'github') await appendJobSummary(context, validation);
  const plain = paintFor(context.stdout, context.env, false);
  for (const report of flags.report ?? []) {
    const text = renderValidation(validation, report.format, plain);
    await context.files.write(resolve(context.cwd, report.path), text);
  }
  if (!validation.valid) context.setExitCode(2);
}

/** For people only: a pipeline has the codes in its report. */
function readMore(diagnostics: readonly Diagnostic[]): string {
  const code =
    diagnostics.find(({ severity }) => severity === 'error')?.code ?? diagnosticCodes.configMissing;
  return `More about a problem: pressluft explain ${code}\n`;
}

function strictly(diagnostic: Diagnostic): Diagnostic {
  return diagnostic.severity === 'warning' ? { ...diagnostic, severity: 'error' } : diagnostic;
}

function hasJobSummary({ env }: CliContext): boolean {
  return env.GITHUB_STEP_SUMMARY !== undefined && env.GITHUB_STEP_SUMMARY !== '';
}
