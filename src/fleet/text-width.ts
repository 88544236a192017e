import { createRequire } from 'node:module';

/** Columns that a text takes on a terminal: wide characters two, combining ones and colour codes none. */
export function widthOf(text: string): number {
  const visible = text.includes('\u001b') ? text.replace(colorCodes, '') : text;
  return singleWidth.test(visible) ? visible.length : measure(visible);
}

/** At most `columns` wide, with an ellipsis at its end where something is left out. Without colour codes. */
export function cutToWidth(text: string, columns: number): string {
  return widthOf(text) <= columns ? text : `${startOf(text, columns - 1)}…`;
}

/** As much of the beginning as fits into `columns`; characters are not split. Without colour codes. */
export function startOf(text: string, columns: number): string {
  if (singleWidth.test(text)) return text.slice(0, Math.max(0, columns));
  let used = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    used += widthOf(segment);
    if (used > columns) return text.slice(0, index);
  }
  return text;
}

/** Followed by spaces up to `columns`. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
const colorCodes = /\u001b\[[0-9;]*m/g;

/** Latin text and the symbols that we write ourselves: one column each, and none that joins with its neighbours. */
const singleWidth =
  /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2190-\u21ff\u2400-\u2426\u2500-\u257f\u2713\u2717\u2800-\u28ff\ufffd]*$/;

const require = createRequire(import.meta.url);

/** Loaded only for other text: its tables cost every start some 30 ms. */
function measure(text: string): number {
  const { default: stringWidth } = require('string-width') as typeof import('string-width');
  return stringWidth(text);
}
