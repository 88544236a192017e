import { CST, Lexer, Parser } from 'yaml';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { OffsetProblem } from '../diagnostics/problem.ts';
import { limits } from '../limits.ts';

/** The state of the library's parser between tokens, which its types hide. */
interface ParserState {
  atNewLine: boolean;
  atScalar: boolean;
  indent: number;
  offset: number;
  source: string;
  type: CST.TokenType;
  readonly stack: readonly unknown[];
  step(): Generator<CST.Token, void>;
  pop(error: CST.ErrorToken): Generator<CST.Token, void>;
}

export interface TokenStream {
  readonly tokens: readonly CST.Token[];
  /** Why the rest of the text was not read. */
  readonly stopped: OffsetProblem | undefined;
}

/** A document, its collections and the scalar in them; block collections within flow collections are errors anyway. */
const maxOpen = 2 * limits.nestingDepth + 2;
const maxDirectives = 100;
const maxErrors = 100;

/**
 * The concrete syntax of a text, as the parser of the yaml library gives it, up to where it goes beyond what manifests may have:
 * in depth, documents, directives, or errors. The library's own `Parser.next` reads a debugging variable from the environment at
 * each token, and a large fleet has two million of them: a third of the time. This is `Parser.next` of yaml 2.9.1 without that; a
 * test compares both.
 */
export function parseTokens(text: string): TokenStream {
  const parser = new Parser();
  const state = parser as unknown as ParserState;
  const tokens: CST.Token[] = [];
  const counts = { document: 0, directive: 0, error: 0 };
  let stopped: OffsetProblem | undefined;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of next(state, lexeme)) {
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

function* next(parser: ParserState, source: string): Generator<CST.Token, void> {
  parser.source = source;
  if (parser.atScalar) {
    parser.atScalar = false;
    yield* parser.step();
    parser.offset += source.length;
    return;
  }
  const type = CST.tokenType(source);
  if (type === 'scalar') {
    // Only announces that the next token is one.
    parser.atNewLine = false;
    parser.atScalar = true;
    parser.type = type;
    return;
  }
  if (type === null) {
    const message = `Not a YAML token: ${source}`;
    yield* parser.pop({ type: 'error', offset: parser.offset, message, source });
  } else {
    parser.type = type;
    yield* parser.step();
    if (type === 'doc-mode' || type === 'flow-error-end') return;
    followIndent(parser, type, source);
  }
  parser.offset += source.length;
}

function followIndent(parser: ParserState, type: CST.TokenType, source: string): void {
  switch (type) {
    case 'newline':
      parser.atNewLine = true;
      parser.indent = 0;
      break;
    case 'space':
      if (parser.atNewLine && source[0] === ' ') parser.indent += source.length;
      break;
    case 'explicit-key-ind':
    case 'map-value-ind':
    case 'seq-item-ind':
      if (parser.atNewLine) parser.indent += source.length;
      break;
    default:
      parser.atNewLine = false;
  }
}
