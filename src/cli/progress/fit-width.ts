const reset = '\u001b[0m';

/** Cuts a line to `columns` visible characters; colour codes take no width and are closed again. */
export function fitWidth(line: string, columns: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  const parts = line.split(/(\u001b\[[0-9;]*m)/);
  let left = Math.max(1, columns);
  let fitted = '';
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 1) {
      fitted += part;
      continue;
    }
    const characters = [...part];
    if (characters.length <= left) {
      fitted += part;
      left -= characters.length;
      continue;
    }
    const colored = parts.length > 1 ? reset : '';
    return `${fitted}${characters.slice(0, left - 1).join('')}…${colored}`;
  }
  return fitted;
}
