import { type DiagnosticCode, diagnosticCodes } from './catalogue.ts';
import type { OffsetProblem } from './problem.ts';

/** Aliases and deep nesting leave gaps of any size anywhere in the value that was read. */
const losesMuch: ReadonlySet<DiagnosticCode> = new Set([diagnosticCodes.yamlAlias, diagnosticCodes.tooDeep]);

/** What is found missing may be what a merge key stood for. */
const saysMissing: ReadonlySet<DiagnosticCode> = new Set([
  diagnosticCodes.fieldMissing,
  diagnosticCodes.valueNowhereGiven,
  diagnosticCodes.notExactlyOne,
]);

/**
 * Those of `problems`, found in a value, that do not follow from what `earlier` problems kept from being read: so that all
 * errors of a document are reported at once, and none that goes away by itself.
 */
export function independentProblems(
  earlier: readonly OffsetProblem[],
  problems: readonly OffsetProblem[],
): readonly OffsetProblem[] {
  if (earlier.some(({ code }) => losesMuch.has(code))) return [];
  if (!earlier.some(({ code }) => code === diagnosticCodes.mergeKey)) return problems;
  return problems.filter(({ code }) => !saysMissing.has(code));
}
