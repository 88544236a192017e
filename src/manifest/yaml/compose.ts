import { Composer, type Document, Schema, type YAMLParseError } from 'yaml';
import type { DiagnosticCode } from '../diagnostics/catalogue.ts';
import type { OffsetProblem } from '../diagnostics/problem.ts';
import { limits } from '../limits.ts';
import { parseTokens } from './tokens.ts';

export type YamlDocument = Document.Parsed;

export interface ComposedFile {
  readonly documents: readonly YamlDocument[];
  /** Problems outside of any document. */
  readonly problems: readonly OffsetProblem[];
}

/**
 * YAML 1.2 core schema. Keys are always text, so that a version such as 7.10 stays what it is; duplicate keys, tags and
 * aliases are checked in `plain-value.ts`, for the parser's own checks cost quadratic time. Stops after the greatest number
 * of documents of a fleet.
 */
export function composeYaml(text: string): ComposedFile {
  const composer = new Composer({
    schema: new Schema({ schema: 'core', resolveKnownTags: false }),
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    logLevel: 'silent',
  });
  const documents: YamlDocument[] = [];
  for (const document of composer.compose(parseTokens(text))) {
    documents.push(document as YamlDocument);
    if (documents.length > limits.fleetDocuments) break;
  }
  return { documents, problems: composer.streamInfo().errors.map(syntaxProblem) };
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
      return 'PL1019';
    case 'TAG_RESOLVE_FAILED':
    case 'BAD_COLLECTION_TYPE':
      return 'PL1013';
    case 'BAD_ALIAS':
      return 'PL1014';
    case 'RESOURCE_EXHAUSTION':
      return 'PL1015';
    default:
      return 'PL1010';
  }
}

function messageOf(error: YAMLParseError): string {
  switch (error.code) {
    case 'RESOURCE_EXHAUSTION':
      return `nested more than ${limits.nestingDepth} levels deep`;
    case 'TAB_AS_INDENT':
      return 'tabs cannot be used for indentation in YAML; use spaces';
    case 'NON_STRING_KEY':
      return 'keys must be plain text';
    default:
      return `not valid YAML: ${error.message}`;
  }
}
