import type { ResourceRef } from '../../fleet/brand.ts';
import { diagnosticsByCode } from './catalogue.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';
import { brief } from './printable.ts';
import type { OffsetProblem } from './problem.ts';
import { excerptAt, positionAt } from './source-position.ts';

/** Adds the place in the text to a problem; every text of the result is printable. */
export function makeDiagnostic(
  file: string,
  text: string,
  problem: OffsetProblem,
  resource?: ResourceRef,
): Diagnostic {
  const start = positionAt(text, problem.start);
  const end = positionAt(text, Math.max(problem.start, problem.end));
  const replacement = replacementOf(text, problem);
  return {
    ...describe(problem),
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    excerpt: excerptAt(text, problem.start, problem.end),
    ...texts(problem),
    ...(replacement === undefined ? {} : { replacement }),
    ...(resource === undefined ? {} : { resource }),
  };
}

/** A diagnostic about a file as a whole, whose text cannot be shown. */
export function makeFileDiagnostic(file: string, problem: Omit<OffsetProblem, 'start' | 'end'>): Diagnostic {
  return { ...describe(problem), file, line: 1, column: 1, ...texts(problem) };
}

function describe(problem: Omit<OffsetProblem, 'start' | 'end'>) {
  return { code: problem.code, severity: severityOf(problem), message: brief(problem.message, 500) };
}

/** The severity of the problem itself, or else that of its code in the catalogue. */
export function severityOf({ code, severity }: Pick<OffsetProblem, 'code' | 'severity'>): Severity {
  return severity ?? diagnosticsByCode[code].severity;
}

function texts(problem: Omit<OffsetProblem, 'start' | 'end'>) {
  return {
    ...(problem.expected === undefined ? {} : { expected: brief(problem.expected, 500) }),
    ...(problem.suggestion === undefined ? {} : { suggestion: brief(problem.suggestion, 500) }),
  };
}

const nearestSpelling = /^did you mean "([^"…]+)"\?$/;
const quotedVersion = /^"([0-9.]+)"$/;
const oneScalar = /^(?:"[\w./-]*"|'[\w./-]*'|[\w./-]+)$/;
const plainName = /^[A-Za-z](?:[\w./-]*\w)?$/;
/** Plain scalars that a reader of YAML 1.1 or 1.2 does not read as text. */
const ambiguous = /^(?:true|false|null|yes|no|on|off|y|n)$/i;

/**
 * The text that can replace the marked text, when the hint of a problem is exact: one spelling of one scalar. A tool may then
 * insert it unchanged.
 */
function replacementOf(text: string, { suggestion, start, end }: OffsetProblem): string | undefined {
  if (suggestion === undefined || end <= start || !oneScalar.test(text.slice(start, end))) return undefined;
  if (quotedVersion.test(suggestion)) return suggestion;
  const name = nearestSpelling.exec(suggestion)?.[1];
  return name !== undefined && plainName.test(name) && !ambiguous.test(name) ? name : undefined;
}
