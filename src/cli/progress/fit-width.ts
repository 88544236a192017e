import { startOf, widthOf } from '../../fleet/text-width.ts';

const reset = '\u001b[0m';

/** Truncates a line to `columns`. Colour codes have no width; open colours are reset. */
export function fitWidth(line: string, columns: number): string {
  const width = Math.max(1, columns);
  if (widthOf(line) <= width) return line;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  const parts = line.split(/(\u001b\[[0-9;]*m)/);
  let left = width - 1;
  let fitted = '';
  for (const [index, part] of parts.entries()) {
    const kept = index % 2 === 1 ? part : startOf(part, left);
    fitted += kept;
    if (kept !== part) break;
    left -= widthOf(kept);
  }
  return `${fitted}…${parts.length > 1 ? reset : ''}`;
}
