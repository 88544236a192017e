import type { DiagnosticCode } from './catalogue.ts';
import type { Severity } from './diagnostic-entry.ts';

interface ProblemText {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly suggestion?: string | undefined;
  /** Overrides the catalogue. */
  readonly severity?: Severity;
}

/** A finding at offsets (UTF-16 units) of a file's text. */
export interface OffsetProblem extends ProblemText {
  readonly start: number;
  readonly end: number;
}

/** A finding at a field of a document, given as a path of keys; `key` marks the name of the field, `value` its content. */
export interface FieldProblem extends ProblemText {
  readonly path: readonly string[];
  readonly at: 'key' | 'value';
}
