/** The final content of a terminal: interprets cursor-up and erase. */
export function screenOf(written: readonly string[]): string {
  let lines: string[] = [];
  for (const text of written) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of the view
    const up = /^\u001b\[(\d+)A/.exec(text);
    if (up !== null) lines = lines.slice(0, Math.max(0, lines.length - Number(up[1])));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of the view
    const shown = text.replace(/\u001b\[\??[0-9;]*[A-Za-z]/g, '').replaceAll('\r', '');
    if (shown !== '') lines.push(...shown.slice(0, -1).split('\n'));
  }
  return lines.join('\n');
}
