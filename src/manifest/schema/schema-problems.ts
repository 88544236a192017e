import type { ErrorObject } from 'ajv';
import { isAddress } from '../checks/network-rules.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { limits } from '../limits.ts';
import { expectedOf, patternInWords, rangeFault, typeName } from './schema-texts.ts';

/** The errors of a schema as problems of fields; follow-up errors of compound keywords are left out. */
export function schemaProblems(errors: readonly ErrorObject[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const error of errors) {
    if (isFollowUp(error, errors)) continue;
    const problem = schemaProblem(error, errors);
    const key = JSON.stringify([problem.code, problem.path]);
    if (!seen.has(key)) problems.push(problem);
    seen.add(key);
    if (problems.length > limits.diagnosticsPerFile) break;
  }
  return problems;
}

/** Adds no information: the branches of compound keywords, and a choice that failed because of a misspelt field. */
function isFollowUp(error: ErrorObject, all: readonly ErrorObject[]): boolean {
  if (error.keyword === 'if' || error.propertyName !== undefined) return true;
  if (error.schemaPath.includes('/oneOf/')) return true;
  return (
    choicesOf(error) !== undefined &&
    all.some(
      ({ keyword, instancePath }) =>
        (keyword === 'additionalProperties' || keyword === 'type') && instancePath === error.instancePath,
    )
  );
}

function schemaProblem(error: ErrorObject, all: readonly ErrorObject[]): FieldProblem {
  const path = pathOf(error.instancePath);
  const choices = choicesOf(error);
  if (choices !== undefined) return wrongChoice(path, choices, error);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(path, error);
    case 'propertyNames':
      return badKey(path, error, all);
    case 'required':
      return missingField(path, String(error.params.missingProperty), error);
    case 'dependencies':
      return missingField(path, String(error.params.missingProperty), error);
    case 'type':
      return wrongType(path, error);
    case 'enum':
    case 'const':
      return notAllowed(path, error);
    case 'pattern':
      return malformed(path, error);
    case 'false schema':
      return {
        code: diagnosticCodes.fieldNotApplicable,
        message: `${nameOf(path)} does not apply to this type`,
        path,
        at: 'key',
      };
    case 'not':
      return objectOf(error.schema).pattern === undefined
        ? { ...malformed(path, error), code: diagnosticCodes.valueNotAllowed }
        : malformed(path, error);
    default:
      return outOfRange(path, error);
  }
}

/** The fields of which exactly one must be given, if the keyword means that: our schemas express it by `oneOf` only. */
function choicesOf({ keyword, schema }: ErrorObject): readonly string[] | undefined {
  if (keyword !== 'oneOf') return undefined;
  const branches: readonly unknown[] = Array.isArray(schema) ? schema : [];
  return branches.flatMap((branch) => {
    const { required } = objectOf(branch);
    return Array.isArray(required) ? required.map(String) : [];
  });
}

function wrongChoice(path: readonly string[], choices: readonly string[], error: ErrorObject): FieldProblem {
  const given = choices.filter((choice) => Object.hasOwn(objectOf(error.data), choice));
  const message =
    given.length === 0
      ? `${nameOf(path)} has none of ${choices.join(', ')}`
      : `${nameOf(path)} has ${given.join(' and ')}, which are mutually exclusive`;
  const expected = `exactly one of ${choices.join(', ')}`;
  return { code: diagnosticCodes.notExactlyOne, message, path, at: 'key', expected };
}

function unknownField(parent: readonly string[], error: ErrorObject): FieldProblem {
  const key = String(error.params.additionalProperty);
  const path = [...parent, key];
  const known = Object.keys(objectOf(error.parentSchema?.properties));
  const guess = nearest(key, known);
  return {
    code: diagnosticCodes.fieldUnknown,
    message: `unknown field ${quoted(key)} in ${nameOf(parent)}`,
    path,
    at: 'key',
    expected: known.length === 0 ? undefined : `one of ${known.join(', ')}`,
    suggestion: guess === undefined ? undefined : `did you mean ${quoted(guess)}?`,
  };
}

/** The violated rule is in the neighbouring errors of ajv. */
function badKey(parent: readonly string[], error: ErrorObject, all: readonly ErrorObject[]): FieldProblem {
  const key = String(error.params.propertyName);
  const cause = all.find((other) => other.propertyName === key && other.instancePath === error.instancePath);
  const expected = cause === undefined ? undefined : expectedOf(cause);
  const code =
    cause?.keyword === 'maxLength' ? diagnosticCodes.valueOutOfRange : diagnosticCodes.valueMalformed;
  return {
    code,
    message: `the key ${quoted(key)} is not valid in ${nameOf(parent)}`,
    path: [...parent, key],
    at: 'key',
    expected,
  };
}

function missingField(path: readonly string[], field: string, error: ErrorObject): FieldProblem {
  const schema = objectOf(objectOf(error.parentSchema?.properties)[field]);
  const description = schema.description;
  return {
    code: diagnosticCodes.fieldMissing,
    message: `${nameOf(path)} lacks the field ${quoted(field)}`,
    path,
    at: 'key',
    expected: typeof description === 'string' ? description : undefined,
  };
}

function wrongType(path: readonly string[], error: ErrorObject): FieldProblem {
  const { data } = error;
  if (typeof data === 'number' && wants(error, 'string')) {
    const message = `${nameOf(path)} is read as the number ${data}; put it in quotes`;
    const expected = patternInWords(error) ?? expectedOf(error);
    return {
      code: diagnosticCodes.versionUnquoted,
      message,
      path,
      at: 'value',
      expected,
      suggestion: `"${data}"`,
    };
  }
  const message = `${nameOf(path)} is ${typeName(data)}`;
  return {
    code: diagnosticCodes.typeWrong,
    message,
    path,
    at: data === null ? 'key' : 'value',
    expected: expectedOf(error),
  };
}

function wants(error: ErrorObject, type: string): boolean {
  const types: unknown = error.params.type;
  return Array.isArray(types) ? types.includes(type) : String(types).split(',').includes(type);
}

function notAllowed(path: readonly string[], error: ErrorObject): FieldProblem {
  const allowed: unknown = error.params.allowedValues ?? [error.params.allowedValue];
  const values = (Array.isArray(allowed) ? allowed : []).map(String);
  const guess = typeof error.data === 'string' ? nearest(error.data, values) : undefined;
  return {
    code: diagnosticCodes.valueNotAllowed,
    message: `${quoted(error.data)} is not a value of ${nameOf(path)}`,
    path,
    at: 'value',
    expected: values.length === 1 ? values[0] : `one of ${values.join(', ')}`,
    suggestion: guess === undefined ? undefined : `did you mean ${quoted(guess)}?`,
  };
}

function malformed(path: readonly string[], error: ErrorObject): FieldProblem {
  const hint = path[1] === 'domains' && path[2] !== 'redirects' ? domainHint(String(error.data)) : undefined;
  if (hint !== undefined) {
    const suggestion = hint.suggestion === undefined ? undefined : `did you mean ${quoted(hint.suggestion)}?`;
    return {
      code: diagnosticCodes.domainUnusable,
      message: hint.message,
      path,
      at: 'value',
      expected: expectedOf(error),
      suggestion,
    };
  }
  const isName = path.join('/') === 'metadata/name';
  const lower = typeof error.data === 'string' ? correctedCase(error) : undefined;
  return {
    code: isName ? diagnosticCodes.nameInvalid : diagnosticCodes.valueMalformed,
    message: `${quoted(error.data)} is not valid for ${nameOf(path)}`,
    path,
    at: 'value',
    expected: expectedOf(error),
    suggestion: lower === undefined ? undefined : `did you mean ${quoted(lower)}?`,
  };
}

/** Why a text is not a domain, for the common mistakes. */
function domainHint(text: string): { message: string; suggestion?: string } | undefined {
  if (text.length > 300) return undefined;
  if (text.includes('*')) return { message: 'wildcard domains are not supported' };
  if (isAddress(text)) return { message: 'an address is not a domain' };
  if (/^[a-z]+:\/\//i.test(text) && URL.canParse(text)) {
    return { message: 'a domain has no scheme', suggestion: new URL(text).hostname };
  }
  if (text.endsWith('.')) return { message: 'a domain has no dot at its end', suggestion: text.slice(0, -1) };
  const ascii = URL.canParse(`http://${text}/`) ? new URL(`http://${text}/`).host : text;
  if (ascii === text || !ascii.includes('.')) return undefined;
  return { message: 'the domain is not in its ASCII form in lower case', suggestion: ascii };
}

/** The text in lower case with dashes, if nothing else was wrong. */
function correctedCase(error: ErrorObject): string | undefined {
  const text = String(error.data);
  if (error.keyword !== 'pattern' || text.length > 253) return undefined;
  const lower = text.toLowerCase().replaceAll(/[_ ]/g, '-');
  return lower !== text && new RegExp(String(error.schema), 'u').test(lower) ? lower : undefined;
}

function outOfRange(path: readonly string[], error: ErrorObject): FieldProblem {
  const isName = path.join('/') === 'metadata/name';
  const message = `${nameOf(path)} ${rangeFault(error)}`;
  return {
    code: isName ? diagnosticCodes.nameInvalid : diagnosticCodes.valueOutOfRange,
    message,
    path,
    at: 'value',
    expected: expectedOf(error),
  };
}

/** `spec.php.memoryLimit`; the document itself when the path is empty. */
function nameOf(path: readonly string[]): string {
  return path.length === 0 ? 'the manifest' : path.join('.');
}

export function pathOf(pointer: string): string[] {
  if (pointer === '') return [];
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
