import { widthOf } from '../fleet/text-width.ts';

/** Breaks a line at spaces so that no part is wider than `columns`, unless a single word is. */
export function wrapText(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of text.split(' ')) {
    const wordWidth = widthOf(word);
    if (line !== '' && width + 1 + wordWidth > columns) {
      lines.push(line);
      [line, width] = [word, wordWidth];
    } else {
      [line, width] = line === '' ? [word, wordWidth] : [`${line} ${word}`, width + 1 + wordWidth];
    }
  }
  return [...lines, line];
}
