import { printable } from '../../fleet/printable.ts';
import { diagnosticsByCode } from './catalogue.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Severity } from './diagnostic-entry.ts';
import { messageLines } from './render-message.ts';

/** GitHub shows ten annotations of each level for a step and silently drops the rest: https://github.com/actions/toolkit/pull/734 */
const shownPerLevel = 10;

const levels = [
  { severity: 'error', command: 'error', noun: 'error' },
  { severity: 'warning', command: 'warning', noun: 'warning' },
  { severity: 'info', command: 'notice', noun: 'note' },
] as const satisfies readonly { severity: Severity; command: string; noun: string }[];

/**
 * Workflow commands that annotate the lines of a pull request, as many as GitHub shows. One notice counts the others and names,
 * by `readOn`, the place to read them. Format and escaping:
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function renderGithubAnnotations(diagnostics: readonly Diagnostic[], readOn: string): string {
  const lines: string[] = [];
  const left: string[] = [];
  for (const { severity, command, noun } of levels) {
    const all = diagnostics.filter((found) => found.severity === severity);
    // The last notice is the one that counts the omitted findings.
    const shown = all.slice(0, command === 'notice' ? shownPerLevel - 1 : shownPerLevel);
    lines.push(...shown.map((found) => annotation(command, found)));
    const rest = all.length - shown.length;
    if (rest > 0) left.push(`${rest} more ${noun}${rest === 1 ? '' : 's'}`);
  }
  if (left.length > 0) {
    const message = `${left.join(' and ')} ${readOn}`;
    lines.push(`::notice title=${property('Not all problems are shown here')}::${data(message)}`);
  }
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(command: string, diagnostic: Diagnostic): string {
  const { code, file, line, column, endLine, endColumn } = diagnostic;
  const properties: [string, string | number][] = [
    ['file', printable(file)],
    ['line', line],
  ];
  if (endLine !== undefined) properties.push(['endLine', endLine]);
  // GitHub refuses columns for an annotation of several lines.
  if (endLine === undefined || endLine === line) {
    properties.push(['col', column]);
    if (endColumn !== undefined && endColumn > column) properties.push(['endColumn', endColumn]);
  }
  properties.push(['title', `${code}: ${diagnosticsByCode[code].title}`]);
  const list = properties.map(([name, value]) => `${name}=${property(String(value))}`).join(',');
  return `::${command} ${list}::${data(messageLines(diagnostic).join('\n'))}`;
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
