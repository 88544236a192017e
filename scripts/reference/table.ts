import { isSchema, type JsonSchema } from '../../src/manifest/schema/bundle-schema.ts';
import { levelKeyword } from '../../src/manifest/schema/field-levels.ts';
import { isElsewhere, type Placed, type Row, resolve, sharedNames } from './fields.ts';

/** `page` is the schema that the page is about. */
export function table(rows: readonly Row[], page: string): readonly string[] {
  return [
    '| field | type | default | |',
    '|---|---|---|---|',
    ...rows.map(({ field, required, placed, link }) => {
      const name = link === undefined ? code(field) : `[${code(field)}](${link})`;
      return `| ${name} | ${typeOf(placed, page)} | ${required ? '**required**' : defaultOf(placed.schema)} | ${about(placed.schema)} |`;
    }),
  ];
}

function typeOf(placed: Placed, page: string): string {
  const { schema, origin = '' } = placed;
  const shared = sharedNames.get(origin);
  if (shared !== undefined)
    return `[${shared === 'secret' ? 'secret reference' : shared}](index.md#${anchors[shared]})`;
  if (isElsewhere(placed, page)) {
    const field = origin.split('#')[1] ?? '';
    return `[as in Environment](environment.md#spec${field.toLowerCase()})`;
  }
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => code(String(value))).join(', ');
  const types = (Array.isArray(schema.type) ? schema.type : [schema.type]).map(String);
  return types.map((type) => typeWord(type, placed, page)).join(' or ');
}

const anchors: Readonly<Record<string, string>> = {
  metadata: 'metadata',
  secret: 'secret-reference',
  schedule: 'schedule',
};

function typeWord(type: string, { schema, file }: Placed, page: string): string {
  if (type === 'array') {
    return isSchema(schema.items) ? `list of ${pluralOf(typeOf(resolve(schema.items, file), page))}` : 'list';
  }
  if (type === 'object' && isSchema(schema.additionalProperties)) {
    return `map of ${pluralOf(typeOf(resolve(schema.additionalProperties, file), page))}`;
  }
  if (type === 'boolean' && isSchema(schema.not)) return '`false`';
  return (
    { string: 'text', integer: 'whole number', boolean: '`true`, `false`', object: 'fields' }[type] ?? type
  );
}

function pluralOf(word: string): string {
  return word === 'text' ? 'texts' : word === 'fields' ? 'entries' : word;
}

function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined) return '';
  return code(typeof value === 'string' ? value || '""' : JSON.stringify(value));
}

/** Description, and below it the accepted values. */
function about(schema: JsonSchema): string {
  const limits = [form(schema), range(schema)]
    .filter((part) => part !== '')
    .join('; ')
    .replace(/^./, (letter) => letter.toUpperCase());
  const level = schema[levelKeyword] === undefined ? '' : ` **Level: ${text(schema[levelKeyword])}.**`;
  return cell(`${text(schema.description)}${limits === '' ? '' : ` *${limits}.*`}${level}`);
}

function form({ patternErrorMessage: words }: JsonSchema): string {
  return typeof words === 'string' ? text(words) : '';
}

function range(schema: JsonSchema): string {
  const bounds: readonly (readonly [string, unknown, unknown])[] = [
    ['', schema.minimum, schema.maximum],
    [' entries', schema.minItems, schema.maxItems],
    [
      ' entries',
      isSchema(schema.properties) ? undefined : schema.minProperties,
      isSchema(schema.properties) ? undefined : schema.maxProperties,
    ],
    [' characters', undefined, schema.maxLength],
  ];
  return bounds
    .flatMap(([unit, min, max]) => {
      if (max === undefined) return min === undefined ? [] : [`at least ${String(min)}${unit}`];
      return [
        min === undefined ? `at most ${String(max)}${unit}` : `${String(min)} to ${String(max)}${unit}`,
      ];
    })
    .join('; ');
}

export function exampleOf({ examples }: JsonSchema): readonly string[] {
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return first === undefined ? [] : ['', `Example: ${code(JSON.stringify(first))}`];
}

/** Descriptions are plain text; placeholders in angle brackets must not become HTML. */
export function text(value: unknown): string {
  return String(value ?? '')
    .replaceAll('<', '\\<')
    .replaceAll('*', '\\*');
}

function code(value: string): string {
  return `\`${value.replaceAll('|', '\\|')}\``;
}

export function cell(value: string): string {
  return value.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
