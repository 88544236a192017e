/**
 * Whether the braces of a snippet are balanced and never close more than they opened, so that it stays inside its block. Quotes,
 * escapes and comments are read as nginx reads them; `nginx -t` checks everything else.
 */
export function staysInItsBlock(snippet: string): boolean {
  let depth = 0;
  let quote: string | undefined;
  let atWordStart = true;
  for (let i = 0; i < snippet.length; i++) {
    const character = snippet[i] ?? '';
    if (character === '\\') {
      i++;
      atWordStart = false;
      continue;
    }
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
      continue;
    }
    if (atWordStart && (character === '"' || character === "'")) quote = character;
    else if (atWordStart && character === '#') i = endOfLine(snippet, i);
    else if (character === '{') depth++;
    else if (character === '}' && --depth < 0) return false;
    atWordStart = /[\s;{}]/.test(character) || character === '#';
  }
  return depth === 0 && quote === undefined;
}

function endOfLine(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline === -1 ? text.length : newline;
}
