import type { ErrorObject } from 'ajv';

/** The expected value, in words. */
export function expectedOf(error: ErrorObject): string | undefined {
  const schema = error.parentSchema ?? {};
  switch (error.keyword) {
    case 'pattern':
    case 'not':
      return patternInWords(error);
    case 'type':
      return typesInWords(error.params.type);
    case 'minLength':
    case 'maxLength':
    case 'minimum':
    case 'maximum':
    case 'minItems':
    case 'maxItems':
    case 'minProperties':
    case 'maxProperties':
      return rangeInWords(error, schema);
    default:
      return undefined;
  }
}

/** The form of a text, in the words of the schema. */
export function patternInWords(error: ErrorObject): string | undefined {
  const form: unknown = error.parentSchema?.patternErrorMessage;
  return typeof form === 'string' ? form : undefined;
}

const rangeFaults: Readonly<Record<string, string>> = {
  minLength: 'is too short',
  maxLength: 'is too long',
  minimum: 'is too small',
  maximum: 'is too large',
  minItems: 'has too few entries',
  maxItems: 'has too many entries',
  minProperties: 'has too few fields',
  maxProperties: 'has too many fields',
  uniqueItems: 'names the same entry twice',
};

export function rangeFault(error: ErrorObject): string {
  return rangeFaults[error.keyword] ?? error.message ?? 'is not valid';
}

/** The type of a value with its article, for messages. */
export function typeName(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return words[typeof value] ?? typeof value;
}

const words: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  array: 'a list',
};

function typesInWords(types: unknown): string {
  const list = Array.isArray(types) ? types.map(String) : String(types).split(',');
  return list.map((type) => words[type] ?? type).join(' or ');
}

function rangeInWords(error: ErrorObject, schema: Readonly<Record<string, unknown>>): string | undefined {
  const unit = error.keyword.endsWith('Length')
    ? 'Length'
    : error.keyword.endsWith('Items')
      ? 'Items'
      : error.keyword.endsWith('Properties')
        ? 'Properties'
        : 'imum';
  const noun = { Length: ' characters', Items: ' entries', Properties: ' fields', imum: '' }[unit];
  const min: unknown = schema[`min${unit}`];
  const max: unknown = schema[`max${unit}`];
  if (min !== undefined && max !== undefined) return `${min} to ${max}${noun}`;
  return min !== undefined ? `at least ${min}${noun}` : `at most ${max}${noun}`;
}
