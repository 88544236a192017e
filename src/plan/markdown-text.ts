import { printable } from '../fleet/printable.ts';

/** Longer prose is truncated; the JSON form is complete. */
const maxProse = 600;
const maxCode = 160;

/** Letters, digits and inner dashes or apostrophes: a word without a special meaning in any Markdown dialect. */
const plainWord = /^[\p{L}\p{N}]+([-'’][\p{L}\p{N}]+)*$/u;
/** Versions and times of day. Two colons would enclose an emoji name. */
const numbers = /^(\d{1,6}(\.\d{1,6})+|\d{1,2}:\d{2})$/;
/** Forges turn commits and references such as WEB-12 into links. */
const reference = /\b[0-9a-f]{7,}\b|\p{L}-\p{N}/iu;
const standalone = /^[–—…→×]$/u;
/** Code spans of the sentence itself. They are separated from other words by spaces, because adjacent backticks would pair up. */
const quoted = /(?<![^\s"'(])(`[^`]+`)(?=[)"'.,;:!?]*(?:\s|$))/;
const punctuated = /^(["'(]*)(.*?)([)"'.,;:!?%]*)$/u;

/**
 * A sentence from any source as Markdown that displays exactly its words: anything that could be markup, a mention, a link, a reference or
 * HTML becomes a code span, which forges do not interpret. One line. Never put it first on a line, where a number
 * or a slash has a special meaning. `cell`: for a table, where pipes end a cell.
 */
export function prose(text: string, place: 'text' | 'cell' = 'text'): string {
  const line = cut(printable(text.trim().replace(/\s+/g, ' ')), maxProse);
  return line
    .split(quoted)
    .flatMap((part, index) => (index % 2 === 1 ? [code(part.slice(1, -1), place)] : words(part, place)))
    .join('');
}

function words(text: string, place: 'text' | 'cell'): readonly string[] {
  return text.split(/( )/).map((word) => (word === ' ' ? word : safeWord(word, place)));
}

function safeWord(word: string, place: 'text' | 'cell'): string {
  if (word === '' || standalone.test(word)) return word;
  const [, lead = '', core = '', tail = ''] = punctuated.exec(word) ?? [undefined, '', word, ''];
  const safe = core === '' || numbers.test(core) || (plainWord.test(core) && !reference.test(core));
  return safe ? word : `${lead}${code(core, place)}${tail}`;
}

/** Text as a code span of one line; its content is not interpreted. */
export function code(text: string, place: 'text' | 'cell' = 'text'): string {
  const shown = cut(printable(text), maxCode);
  const inner = place === 'cell' ? withoutPipes(shown) : shown;
  if (inner.trim() === '') return '`""`';
  const longest = Math.max(0, ...(inner.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = inner.startsWith('`') || inner.endsWith('`') || /^ .* $/.test(inner) ? ' ' : '';
  return `${fence}${pad}${inner}${pad}${fence}`;
}

/** At most `max` code points, the last one an ellipsis if text was removed. */
function cut(text: string, max: number): string {
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}

/**
 * An escaped pipe is a pipe in every dialect, unless a backslash precedes it. Dialects read that case differently, so
 * a full-width pipe is used there.
 */
function withoutPipes(text: string): string {
  return text.replace(/(?<=\\)\|/g, '\uff5c').replaceAll('|', '\\|');
}
