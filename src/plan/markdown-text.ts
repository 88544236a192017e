import { printable } from '../fleet/printable.ts';

/** Longer prose is cut; the JSON form has all of it. */
const maxProse = 600;
const maxCode = 160;

/** Letters, digits and inner dashes or apostrophes: a word that no Markdown dialect reads as anything else. */
const plainWord = /^[\p{L}\p{N}]+([-'’][\p{L}\p{N}]+)*$/u;
/** Versions and times of day. Two colons would frame an emoji. */
const numbers = /^(\d{1,6}(\.\d{1,6})+|\d{1,2}:\d{2})$/;
/** Commits and references such as WEB-12 are made links by forges. */
const reference = /\b[0-9a-f]{7,}\b|\p{L}-\p{N}/iu;
const standalone = /^[–—…→×]$/u;
/** Code that the sentence marks itself. It stands apart from other words, since backticks that touch would pair up otherwise. */
const quoted = /(?<![^\s"'(])(`[^`]+`)(?=[)"'.,;:!?]*(?:\s|$))/;
const punctuated = /^(["'(]*)(.*?)([)"'.,;:!?%]*)$/u;

/**
 * A sentence from anywhere as Markdown that shows exactly its words: whatever could be markup, a mention, a link, a reference or
 * HTML becomes a code span, in which forges look for none of these. One line. Never put it first on a line, where a number
 * or a slash has a meaning of its own. `cell`: for a table, where pipes end a cell.
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

/** Text as a code span of one line: nothing in it is interpreted. */
export function code(text: string, place: 'text' | 'cell' = 'text'): string {
  const shown = cut(printable(text), maxCode);
  const inner = place === 'cell' ? withoutPipes(shown) : shown;
  if (inner.trim() === '') return '`""`';
  const longest = Math.max(0, ...(inner.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = inner.startsWith('`') || inner.endsWith('`') || /^ .* $/.test(inner) ? ' ' : '';
  return `${fence}${pad}${inner}${pad}${fence}`;
}

/** At most `max` code points, the last of them an ellipsis where something is left out. */
function cut(text: string, max: number): string {
  const points = [...text];
  return points.length <= max ? text : `${points.slice(0, max - 1).join('')}…`;
}

/**
 * An escaped pipe is a pipe in every dialect, unless a backslash precedes it: dialects disagree on what that escapes, so
 * there a full-width pipe stands for it.
 */
function withoutPipes(text: string): string {
  return text.replace(/(?<=\\)\|/g, '\uff5c').replaceAll('|', '\\|');
}
