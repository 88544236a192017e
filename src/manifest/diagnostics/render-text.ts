import { printable } from '../../fleet/printable.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';

/** Colours, as functions from text to text; the identity where there are none. */
export interface TextStyle {
  readonly severity: (text: string, severity: Severity) => string;
  readonly place: (text: string) => string;
  readonly dim: (text: string) => string;
}

const plainStyle: TextStyle = { severity: (text) => text, place: (text) => text, dim: (text) => text };

/** Findings for people, one block each, with the source line. Contains no control character of the input. */
export function renderDiagnosticsText(
  diagnostics: readonly Diagnostic[],
  style: TextStyle = plainStyle,
): string {
  return diagnostics.map((diagnostic) => `${block(diagnostic, style)}\n`).join('\n');
}

function block(diagnostic: Diagnostic, style: TextStyle): string {
  const place = `${visiblePath(diagnostic.file)}:${diagnostic.line}:${diagnostic.column}`;
  const label = style.severity(`${diagnostic.severity} ${diagnostic.code}`, diagnostic.severity);
  const lines = [`${style.place(place)}: ${label}: ${diagnostic.message}`];
  if (diagnostic.excerpt !== undefined) lines.push(...excerpt(diagnostic, diagnostic.excerpt, style));
  if (diagnostic.expected !== undefined) lines.push(`  expected: ${diagnostic.expected}`);
  if (diagnostic.suggestion !== undefined) lines.push(`  hint: ${diagnostic.suggestion}`);
  return lines.join('\n');
}

/** The runner of GitHub Actions reads all output, and a line that starts with two colons is a command to it. */
function visiblePath(file: string): string {
  const path = printable(file);
  return path.trimStart().startsWith('::') ? `./${path}` : path;
}

function excerpt(diagnostic: Diagnostic, text: string, style: TextStyle): string[] {
  const number = String(diagnostic.line);
  const gutters = [number, ' '.repeat(number.length)];
  return text.split('\n').map((line, index) => {
    const shown = index === 0 || line.trim() === '' ? line : carets(line, diagnostic, style);
    return `  ${style.dim(`${gutters[index] ?? ''} |`)} ${shown}`.trimEnd();
  });
}

function carets(line: string, { severity }: Diagnostic, style: TextStyle): string {
  const marks = line.trimStart();
  return line.slice(0, line.length - marks.length) + style.severity(marks, severity);
}
