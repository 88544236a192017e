import { type ErrorCode, errorsByCode } from '../fleet/error-catalogue.ts';
import type { ErrorEntry, Retry } from '../fleet/error-entry.ts';
import { exitCodeOf, PressluftError } from '../fleet/errors.ts';
import { exitCodes } from '../fleet/exit-codes.ts';
import {
  type DiagnosticCode,
  type DiagnosticEntry,
  diagnosticsByCode,
  markdownText,
  type Severity,
} from '../manifest/index.ts';

interface CodeText {
  readonly code: string;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
  /** Exit code of a command that ends with this code. */
  readonly exitCode: number;
}

/** The catalogue entry of a code: a diagnostic of a manifest, or an operating error. */
export type CodeEntry =
  | (CodeText & { readonly kind: 'diagnostic'; readonly severity: Severity })
  | (CodeText & { readonly kind: 'error'; readonly retry: Retry['kind'] });

const diagnostics = Object.entries(diagnosticsByCode) as [DiagnosticCode, DiagnosticEntry][];
const operatingErrors = Object.entries(errorsByCode) as [ErrorCode, ErrorEntry][];

/** Every code of both catalogues, sorted. */
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

export interface ExampleFile {
  readonly path: string;
  readonly text: string;
}

/** Manifests that have the problem, the output of `validate`, and the corrected manifests. */
export interface CodeExample {
  readonly bad: readonly ExampleFile[];
  readonly printed: string;
  readonly good: readonly ExampleFile[];
}

/** Path of a code's page, relative to `docs/`. */
export function codePagePath(code: string): string {
  return `errors/${code}.md`;
}

/** The page of a code in Markdown; ends with a newline. */
export function renderCodePage(entry: CodeEntry, example: CodeExample | undefined): string {
  const { code, title, cause, cure } = entry;
  const sections = [
    `# ${code}: ${markdownText(title)}`,
    summary(entry),
    '## What it means',
    markdownText(cause),
    '## What to do',
    markdownText(cure),
    ...(example === undefined ? [] : exampleSections(example)),
  ];
  return `${sections.join('\n\n')}\n`;
}

function summary(entry: CodeEntry): string {
  if (entry.kind === 'error') {
    const again = entry.retry === 'never' ? 'not tried again by itself' : 'tried again after a while';
    return `Operating error; ${again}; exit code ${entry.exitCode}.`;
  }
  switch (entry.severity) {
    case 'error':
      return 'An error in a manifest; what the file describes stays as it is until it is corrected. Exit code 2.';
    case 'warning':
      return 'A warning about a manifest; exit code 0, or 2 with `--strict`.';
    case 'info':
      return 'A note about a manifest; exit code 0.';
    default:
      return entry.severity satisfies never;
  }
}

function exampleSections({ bad, printed, good }: CodeExample): readonly string[] {
  return [
    '## Example',
    ...bad.map(fenced),
    `\`pressluft validate\` prints:\n\n${fence('text', printed)}`,
    ...(good.length === 0 ? [] : ['How it should be:', ...good.map(fenced)]),
  ];
}

function fenced({ path, text }: ExampleFile): string {
  return `\`${path}\`\n\n${fence('yaml', text)}`;
}

/** The fence is longer than any run of backticks in the text. */
function fence(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const mark = '`'.repeat(longest + 1);
  return `${mark}${language}\n${text.trimEnd()}\n${mark}`;
}
