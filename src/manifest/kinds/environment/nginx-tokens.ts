/** One statement of a configuration of nginx, the end of a block, or a fault of its syntax. `line` counts from 1. */
export type NginxToken =
  | {
      readonly kind: 'statement';
      readonly line: number;
      readonly words: readonly string[];
      readonly opens: boolean;
    }
  | { readonly kind: 'close'; readonly line: number }
  | { readonly kind: 'broken'; readonly line: number };

const spaces = ' \t\r\n';

/**
 * The statements of a configuration as nginx reads them: quotes at the start of a word only, escapes, comments, and braces after a
 * dollar sign as part of the word (`ngx_conf_read_token` in nginx's src/core/ngx_conf_file.c). Ends after the first fault.
 * `tokens` in ansible/module_utils/pressluft/nginx_snippet.py is the same reader.
 */
export function* nginxTokens(text: string): Generator<NginxToken> {
  const characters = [...text];
  let line = 1;
  let words: string[] = [];
  let at = 0;
  while (at < characters.length) {
    const character = characters[at] ?? '';
    if (character === '\n') line++;
    if (spaces.includes(character)) at++;
    else if (character === '#') at = endOfLine(characters, at);
    else if (character === ';' || character === '{') {
      if (words.length === 0) return yield { kind: 'broken', line };
      yield { kind: 'statement', line, words, opens: character === '{' };
      words = [];
      at++;
    } else if (character === '}') {
      if (words.length > 0) return yield { kind: 'broken', line };
      yield { kind: 'close', line };
      at++;
    } else {
      const word =
        character === '"' || character === "'" ? quotedWord(characters, at) : plainWord(characters, at);
      if (word === undefined) return yield { kind: 'broken', line };
      words.push(word.text);
      for (; at < word.end; at++) if (characters[at] === '\n') line++;
    }
  }
  if (words.length > 0) yield { kind: 'broken', line };
}

interface Word {
  readonly text: string;
  readonly end: number;
}

function endOfLine(characters: readonly string[], from: number): number {
  const newline = characters.indexOf('\n', from);
  return newline === -1 ? characters.length : newline;
}

/** After the closing quote nginx wants a space, a semicolon, a brace, or the `)` of a condition, which is a word of its own. */
function quotedWord(characters: readonly string[], start: number): Word | undefined {
  let end = start + 1;
  while (end < characters.length && characters[end] !== characters[start])
    end += characters[end] === '\\' ? 2 : 1;
  const next = characters[end + 1];
  if (end >= characters.length || next === undefined || !`${spaces};{)`.includes(next)) return undefined;
  return { text: unescaped(characters.slice(start + 1, end)), end: end + 1 };
}

function plainWord(characters: readonly string[], start: number): Word | undefined {
  let end = start;
  let afterDollar = false;
  for (; end < characters.length; end++) {
    const character = characters[end] ?? '';
    if (character === '{' && afterDollar) continue;
    afterDollar = character === '$';
    if (character === '\\') end++;
    else if (character === ';' || character === '{' || spaces.includes(character)) break;
  }
  return end >= characters.length ? undefined : { text: unescaped(characters.slice(start, end)), end };
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  t: '\t',
  r: '\r',
  n: '\n',
};

/** nginx keeps the backslash before any other character. */
function unescaped(characters: readonly string[]): string {
  let text = '';
  for (let at = 0; at < characters.length; at++) {
    const meaning = characters[at] === '\\' ? escapes[characters[at + 1] ?? ''] : undefined;
    if (meaning !== undefined) at++;
    text += meaning ?? characters[at] ?? '';
  }
  return text;
}
