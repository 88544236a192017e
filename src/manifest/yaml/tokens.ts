import { type CST, Lexer, Parser } from 'yaml';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { OffsetProblem } from '../diagnostics/problem.ts';
import { limits } from '../limits.ts';

export interface TokenStream {
  readonly tokens: readonly CST.Token[];
  /** Why the rest of the text was not read. */
  readonly stopped: OffsetProblem | undefined;
}

/** A document, its collections and the scalar in them; block collections within flow collections are errors anyway. */
const maxOpen = 2 * limits.nestingDepth + 2;
const maxDirectives = 100;
const maxErrors = 100;

/** The internal state of the library's parser, which its types do not show. */
interface ParserState {
  readonly offset: number;
  readonly stack: readonly unknown[];
}

/**
 * The concrete syntax of a text, from the parser of the yaml library, up to the place where it exceeds the limits of manifests: in
 * depth, documents, directives, or errors.
 */
export function parseTokens(text: string): TokenStream {
  const parser = new Parser();
  const state = parser as unknown as ParserState;
  const tokens: CST.Token[] = [];
  const counts = { document: 0, directive: 0, error: 0 };
  let stopped: OffsetProblem | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) {
      tokens.push(token);
      if (token.type === 'document' || token.type === 'directive' || token.type === 'error')
        counts[token.type]++;
    }
    if (state.stack.length > maxOpen) stopped = tooDeep(state.offset);
    else if (counts.directive > maxDirectives) stopped = tooManyDirectives(state.offset);
    if (stopped !== undefined || counts.document > limits.fleetDocuments || counts.error > maxErrors) break;
  }
  if (counts.document <= limits.fleetDocuments) tokens.push(...parser.end());
  return { tokens, stopped };
}

function tooDeep(start: number): OffsetProblem {
  return { code: diagnosticCodes.tooDeep, message: nestedTooDeep, start, end: start + 1 };
}

export const nestedTooDeep = `nested more than ${limits.nestingDepth} levels deep`;

function tooManyDirectives(start: number): OffsetProblem {
  const message = `the file has more than ${maxDirectives} YAML directives (%)`;
  return { code: diagnosticCodes.yamlDirective, message, start, end: start + 1 };
}
