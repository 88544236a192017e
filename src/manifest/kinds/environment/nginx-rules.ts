import rules from './nginx-directives.json' with { type: 'json' };
import { type NginxToken, nginxTokens } from './nginx-tokens.ts';

/** `syntax`: the snippet would end its server block, or is cut off. `directive`: it says something that a snippet may not say. */
export interface SnippetFault {
  readonly kind: 'syntax' | 'directive';
  /** Of the snippet, from 1. */
  readonly line: number;
  readonly message: string;
}

type Context = 'server' | 'location' | 'if';

interface Directive {
  readonly in: readonly string[];
  /** The arguments, each the name of a pattern or else that word itself; `…...` stands for one or more. */
  readonly forms: readonly (readonly string[])[];
  readonly block?: string;
}

const directives = new Map<string, Directive>(Object.entries(rules.directives));
const patterns = new Map(
  Object.entries(rules.patterns).map(([name, pattern]) => [name, new RegExp(`^(?:${pattern})$`, 'u')]),
);
const variable = new RegExp(`^(?:${rules.variables})$`, 'u');
const unexpanded: readonly string[] = rules.unexpanded;
const deepest = 8;

/**
 * The first fault of a snippet for a server block, judged by the list of allowed directives in `nginx-directives.json`. The node judges
 * by the same list (ansible/module_utils/pressluft/nginx_snippet.py); `nginx -t` checks what is left.
 */
export function snippetFault(snippet: string): SnippetFault | undefined {
  const control = /[^\P{Cc}\t\r\n]/u.exec(snippet);
  if (control !== null) return syntax(snippet.slice(0, control.index).split('\n').length);
  const open: Context[] = ['server'];
  let line = 1;
  for (const token of nginxTokens(snippet)) {
    line = token.line;
    if (token.kind === 'broken') return syntax(line);
    if (token.kind === 'close') {
      open.pop();
      if (open.length === 0) return syntax(line);
      continue;
    }
    const context = open.at(-1) ?? 'server';
    const message = statementFault(token, context);
    if (message !== undefined) return { kind: 'directive', line, message };
    const block = directives.get(token.words[0] ?? '')?.block;
    if (block !== undefined) open.push(block as Context);
    if (open.length > deepest) return syntax(line);
  }
  return open.length === 1 ? undefined : syntax(line);
}

function syntax(line: number): SnippetFault {
  return { kind: 'syntax', line, message: 'the braces or quotes of the nginx snippet are not balanced' };
}

function statementFault(
  { words: [name = '', ...words], opens }: Extract<NginxToken, { kind: 'statement' }>,
  context: Context,
): string | undefined {
  const directive = directives.get(name);
  if (directive === undefined) return 'this directive is not allowed in a snippet';
  if (!directive.in.includes(context)) return `"${name}" is not allowed inside of "${context}"`;
  if (opens !== (directive.block !== undefined)) return `"${name}" ${opens ? 'has no' : 'needs a'} block`;
  const given = name === 'if' ? condition(words) : words;
  const allowed = given !== undefined && directive.forms.some((form) => fits(form, given));
  return allowed ? undefined : `these arguments of "${name}" are not allowed in a snippet`;
}

/** The words between the parentheses, which may stand alone or touch the words. */
function condition(words: readonly string[]): readonly string[] | undefined {
  const [first = '', last = ''] = [words[0], words.at(-1)];
  if (words.length === 0 || !first.startsWith('(') || !last.endsWith(')')) return undefined;
  const inner = [...words];
  inner[0] = first.slice(1);
  inner[inner.length - 1] = (inner.at(-1) ?? '').slice(0, -1);
  return inner.filter((word, index) => word !== '' || (index > 0 && index < inner.length - 1));
}

function fits(form: readonly string[], words: readonly string[]): boolean {
  const repeated = form.length === 1 && (form[0] ?? '').endsWith('...');
  if (repeated)
    return words.length > 0 && words.every((word) => fitsPattern((form[0] ?? '').slice(0, -3), word));
  return form.length === words.length && form.every((name, index) => fitsPattern(name, words[index] ?? ''));
}

function fitsPattern(name: string, word: string): boolean {
  const pattern = patterns.get(name);
  if (pattern === undefined) return word === name;
  return pattern.test(word) && (unexpanded.includes(name) || variablesAllowed(word));
}

function variablesAllowed(word: string): boolean {
  return [...word.matchAll(/\$(?:\{([^}]*)\}?|([A-Za-z0-9_]*))/gu)].every(([, braced, plain]) =>
    variable.test(braced ?? plain ?? ''),
  );
}
