import { Composer, type Document, Schema, type YAMLParseError } from 'yaml';
import { type DiagnosticCode, diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { OffsetProblem } from '../diagnostics/problem.ts';
import { nestedTooDeep, parseTokens } from './tokens.ts';

export type YamlDocument = Document.Parsed;

export interface ComposedFile {
  readonly documents: readonly YamlDocument[];
  /** Problems outside of any document. */
  readonly problems: readonly OffsetProblem[];
  /** Why the rest of the text was not read. */
  readonly stopped: OffsetProblem | undefined;
}

/**
 * YAML 1.2 core schema. Keys are always text, so that a version such as 7.10 keeps its digits. Duplicate keys, tags and aliases are
 * checked in `plain-value.ts`, because the parser's own checks take quadratic time. Stops after the maximum number of documents of
 * a fleet, and in a document with too many errors: that document is left out, and its first errors are reported.
 */
export function composeYaml(text: string): ComposedFile {
  const composer = new Composer({
    schema: new Schema({ schema: 'core', resolveKnownTags: false }),
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  const state = composer as unknown as ComposerState;
  stopAtErrors(state);
  const { tokens, stopped } = parseTokens(text);
  const documents: YamlDocument[] = [];
  try {
    for (const document of composer.compose(tokens)) documents.push(document as YamlDocument);
  } catch (error) {
    if (error !== tooManyErrors) throw error;
    return { documents, problems: state.errors.slice(0, reportedPerDocument).map(syntaxProblem), stopped };
  }
  if (stopped !== undefined) forgetErrorsFrom(documents.at(-1), stopped.start);
  return { documents, problems: state.errors.map(syntaxProblem), stopped };
}

/** The internal state of the library's composer, which its types do not show. */
interface ComposerState {
  /** Of the document that is being composed. */
  readonly errors: readonly YAMLParseError[];
  onError: (...details: readonly unknown[]) => void;
}

const tooManyErrors = new Error('more syntax errors than are reported');
/** Creating an error takes longer than parsing the wrong text. */
const maxErrors = 1000;

function stopAtErrors(composer: ComposerState): void {
  const report = composer.onError;
  let count = 0;
  composer.onError = (...details) => {
    if (++count > maxErrors) throw tooManyErrors;
    report(...details);
  };
}

/** A document that was read only in part lacks its end. */
function forgetErrorsFrom(document: YamlDocument | undefined, offset: number): void {
  if (document !== undefined) document.errors = document.errors.filter(({ pos }) => pos[0] < offset);
}

const reportedPerDocument = 10;

export function syntaxProblems(document: YamlDocument): OffsetProblem[] {
  const exhausted = document.errors.find((error) => error.code === 'RESOURCE_EXHAUSTION');
  const errors = exhausted === undefined ? document.errors.slice(0, reportedPerDocument) : [exhausted];
  return errors.map(syntaxProblem);
}

function syntaxProblem(error: YAMLParseError): OffsetProblem {
  const [start, end] = error.pos;
  return { code: codeOf(error), message: messageOf(error), start, end: Math.max(end, start + 1) };
}

function codeOf(error: YAMLParseError): DiagnosticCode {
  switch (error.code) {
    case 'BAD_DIRECTIVE':
      return diagnosticCodes.yamlDirective;
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return diagnosticCodes.yamlTag;
    case 'BAD_ALIAS':
      return diagnosticCodes.yamlAlias;
    case 'RESOURCE_EXHAUSTION':
      return diagnosticCodes.tooDeep;
    default:
      return diagnosticCodes.yamlInvalid;
  }
}

function messageOf(error: YAMLParseError): string {
  switch (error.code) {
    case 'RESOURCE_EXHAUSTION':
      return nestedTooDeep;
    case 'TAB_AS_INDENT':
      return 'tabs cannot be used for indentation in YAML; use spaces';
    case 'NON_STRING_KEY':
      return 'keys must be plain text';
    default:
      return `not valid YAML: ${error.message}`;
  }
}
