import { loadLibrary } from './load-library.ts';

/** Columns of a text on a terminal: two for wide characters, none for combining ones and colour codes. */
export function widthOf(text: string): number {
  const visible = text.includes('\u001b') ? text.replace(colorCodes, '') : text;
  return singleWidth.test(visible) ? visible.length : measure(visible);
}

/** Truncates to `columns`, with an ellipsis if text was removed. For text without colour codes. */
export function cutToWidth(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${startOf(text, columns - 1)}…`;
}

/** The beginning that fits into `columns`; characters are not split. For text without colour codes. */
export function startOf(text: string, columns: number): string {
  if (singleWidth.test(text)) return text.slice(0, Math.max(0, columns));
  let used = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    if (used > columns) return text.slice(0, index);
  }
  return text;
}

/** Pads with spaces to `columns`. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
const colorCodes = /\u001b\[[0-9;]*m/g;

/** Latin text and our own symbols: one column each, and no combining characters. */
const singleWidth =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2400-\u2426\u2500-\u257f\u2713\u2717\u2800-\u28ff\ufffd]*$/;

/** Loaded only for other text: loading its tables takes about 30 ms. */
function measure(text: string): number {
  const { default: stringWidth } = loadLibrary<typeof import('string-width')>('string-width');
  return stringWidth(text);
}
