import type { ResourceRef } from '../../fleet/brand.ts';
import type { DiagnosticCode } from './catalogue.ts';
import type { Severity } from './diagnostic-entry.ts';

/**
 * One finding with its place. Lines and columns count from 1, columns in Unicode code points; the end is exclusive. All
 * texts but `file` are free of control characters, so they can be printed on a terminal.
 */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  /** Path from the root of the repository, exactly as in Git: escape it before printing. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** The line and a line of carets under the finding. */
  readonly excerpt?: string;
  readonly expected?: string;
  /** The nearest valid spelling, or the text to write instead. */
  readonly suggestion?: string;
  /** Text that can replace the marked text, when `suggestion` is exact. */
  readonly replacement?: string;
  readonly resource?: ResourceRef;
}

/** Order of output: by file, then by place, then by code; total, so that output is reproducible. */
export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return (
    a.line - b.line ||
    a.column - b.column ||
    (a.code < b.code ? -1 : a.code > b.code ? 1 : 0) ||
    (a.message < b.message ? -1 : a.message > b.message ? 1 : 0)
  );
}

export function isError(diagnostic: Diagnostic): boolean {
  return diagnostic.severity === 'error';
}
