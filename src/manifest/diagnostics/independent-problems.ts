import { type DiagnosticCode, diagnosticCodes } from './catalogue.ts';
import type { OffsetProblem } from './problem.ts';

/** Aliases and deep nesting can leave gaps anywhere in the parsed value. */
const losesMuch: ReadonlySet<DiagnosticCode> = new Set([diagnosticCodes.yamlAlias, diagnosticCodes.tooDeep]);

/** A missing field may be one that a merge key would have added. */
const saysMissing: ReadonlySet<DiagnosticCode> = new Set([
  diagnosticCodes.fieldMissing,
  diagnosticCodes.valueNowhereGiven,
  diagnosticCodes.notExactlyOne,
]);

/**
 * The `problems` of a value that are not consequences of the parts that `earlier` problems made unreadable. So all errors of a
 * document are reported at once, without follow-up errors.
 */
export function independentProblems(
  earlier: readonly OffsetProblem[],
  problems: readonly OffsetProblem[],
): readonly OffsetProblem[] {
  if (earlier.some(({ code }) => losesMuch.has(code))) return [];
  if (!earlier.some(({ code }) => code === diagnosticCodes.mergeKey)) return problems;
  return problems.filter(({ code }) => !saysMissing.has(code));
}
