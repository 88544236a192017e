import { type ErrorCode, errorsByCode } from '../fleet/error-catalogue.ts';
import type { ErrorEntry, Retry } from '../fleet/error-entry.ts';
import { exitCodeOf, PressluftError } from '../fleet/errors.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import {
  type DiagnosticCode,
  type DiagnosticEntry,
  diagnosticsByCode,
  type Severity,
} from '../manifest/index.ts';

interface CodeText {
  readonly code: string;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
  /** Of a command that ends with it. */
  readonly exitCode: number;
}

/** All that is known of a code: of a finding in a manifest, or of an operating error. */
export type CodeEntry =
  | (CodeText & { readonly kind: 'diagnostic'; readonly severity: Severity })
  | (CodeText & { readonly kind: 'error'; readonly retry: Retry['kind'] });

const diagnostics = Object.entries(diagnosticsByCode) as [DiagnosticCode, DiagnosticEntry][];
const operatingErrors = Object.entries(errorsByCode) as [ErrorCode, ErrorEntry][];

/** Every code of both catalogues, in order. */
export const codeEntries: readonly CodeEntry[] = [
  ...diagnostics.map(diagnostic),
  ...operatingErrors.map(operating),
].sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : 0));

function diagnostic([code, entry]: [DiagnosticCode, DiagnosticEntry]): CodeEntry {
  return {
    kind: 'diagnostic',
    ...entry,
    code,
    exitCode: entry.severity === 'error' ? exitCodes.input.code : exitCodes.done.code,
  };
}

function operating([code, { title, cause, cure, retry }]: [ErrorCode, ErrorEntry]): CodeEntry {
  const exitCode = exitCodeOf(new PressluftError(code, title));
  return { kind: 'error', code, title, cause, cure, retry: retry.kind, exitCode };
}
