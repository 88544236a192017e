import { printable } from '../../fleet/printable.ts';
import { widthOf } from '../../fleet/text-width.ts';
import { limits } from '../limits.ts';

export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

const surrogatePair = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Line and column (code points) of a UTF-16 offset, both from 1. The cost is linear in the offset, so positions are computed only when needed. */
export function positionAt(text: string, offset: number): TextPosition {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) {
    line++;
    lineStart = next + 1;
  }
  return { line, column: codePoints(text.slice(lineStart, at)) + 1 };
}

/**
 * The line around `start` with carets below, cut to a readable width. Values of fields for secrets are masked, because the problem
 * may be a password in clear text.
 */
export function excerptAt(text: string, start: number, end: number): string {
  const from = Math.max(0, Math.min(start, text.length));
  const lineStart = from === 0 ? 0 : text.lastIndexOf('\n', from - 1) + 1;
  const newline = text.indexOf('\n', from);
  const rawEnd = newline === -1 ? text.length : newline;
  const lineEnd = rawEnd > lineStart && text[rawEnd - 1] === '\r' ? rawEnd - 1 : rawEnd;
  const half = Math.floor(limits.excerptColumns / 2);
  const windowStart =
    lineEnd - lineStart <= limits.excerptColumns ? lineStart : Math.max(lineStart, from - half);
  const windowEnd = Math.min(lineEnd, windowStart + limits.excerptColumns);
  const lead = windowStart > lineStart ? '…' : '';
  const tail = windowEnd < lineEnd ? '…' : '';
  const shown = printable(
    maskSecrets(text.slice(lineStart, lineEnd)).slice(windowStart - lineStart, windowEnd - lineStart),
  );
  // Masks and replacements have as many UTF-16 units as the original text.
  const indent = widthOf(lead + shown.slice(0, from - windowStart));
  const width = Math.max(1, widthOf(shown.slice(from - windowStart, Math.max(from, end) - windowStart)));
  return `${lead}${shown}${tail}\n${' '.repeat(indent)}${'^'.repeat(width)}`;
}

const secretField =
  /((?:passwordHash|password|token|secret)["']?\s*:\s+)(?![{&*])("[^"]*"?|'[^']*'?|[^\s,}](?:[^,}#]*[^\s,}#])?)/gi;

/** Keeps the length, so that carets stay in place. */
function maskSecrets(line: string): string {
  return line.replace(secretField, (_, key: string, value: string) => key + '*'.repeat(value.length));
}

function codePoints(text: string): number {
  return text.length - (text.match(surrogatePair)?.length ?? 0);
}
