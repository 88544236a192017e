import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import common from '../schemas/common.schema.json' with { type: 'json' };
import { type ResourceKind, resourceKinds } from '../src/fleet/resource.ts';
import { isSchema, type JsonSchema, refTarget } from '../src/manifest/schema/bundle-schema.ts';
import { schemaFile, schemas } from '../src/manifest/schema/validators.ts';

const directory = join(import.meta.dirname, '../docs/reference');

/** The generated pages by their name in `docs/reference/`: one for each kind, and the index. */
export function renderReference(): ReadonlyMap<string, string> {
  return new Map([
    ['index.md', indexPage()],
    ...resourceKinds.map((kind): [string, string] => [pageOf(kind), kindPage(kind)]),
  ]);
}

export function pageOf(kind: ResourceKind): string {
  return schemaFile(kind).replace('.schema.json', '.md');
}

const made = '<!-- Made by `npm run docs` from schemas/ and docs/reference/examples/. -->';

/** A schema with the file that its references are read from. */
interface Placed {
  readonly schema: JsonSchema;
  readonly file: string;
  /** Definition that it was taken from. */
  readonly origin: string | undefined;
}

/** Words beside a reference take precedence over those of the definition. */
function resolve(schema: JsonSchema, file: string): Placed {
  const { $ref: ref, ...own } = schema;
  if (typeof ref !== 'string') return { schema, file, origin: undefined };
  const target = refTarget(ref, file);
  const inner = resolve(target.schema, target.file);
  return { schema: { ...inner.schema, ...own }, file: inner.file, origin: `${target.file}#${target.name}` };
}

function kindPage(kind: ResourceKind): string {
  const file = schemaFile(kind);
  const schema: JsonSchema = schemas[kind];
  const example = readFileSync(join(directory, 'examples', `${pageOf(kind).slice(0, -3)}.yaml`), 'utf8');
  const { spec } = propertiesOf(schema);
  const placed = resolve(spec ?? {}, file);
  const sections = objectFields(placed).map(([name, field]) => section(name, field, file));
  return lines([
    `# ${kind}`,
    '',
    made,
    '',
    text(schema.description),
    '',
    `[All kinds](index.md) · [schema](../../schemas/${file}) · \`pressluft schema ${kind}\``,
    '',
    '## Example',
    '',
    '```yaml',
    example.replaceAll(/^# yaml-language-server: .*\n/gm, '').trimEnd(),
    '```',
    '',
    '## spec',
    '',
    text(placed.schema.description),
    '',
    ...table(topRows(placed), file),
    ...sections.flat(),
  ]);
}

interface Row {
  readonly field: string;
  readonly required: boolean;
  readonly placed: Placed;
  /** Section of the page that tells the rest. */
  readonly link: string | undefined;
}

function topRows(spec: Placed): readonly Row[] {
  const sections = new Set(objectFields(spec).map(([name]) => name));
  return fieldsOf(spec).map(([name, required, placed]) => ({
    field: name,
    required,
    placed,
    link: sections.has(name) ? `#spec${name.toLowerCase()}` : undefined,
  }));
}

/** Fields that have fields of their own to tell about. */
function objectFields(spec: Placed): readonly (readonly [string, Placed])[] {
  return fieldsOf(spec).flatMap(([name, , placed]) =>
    isShared(placed, spec.file) || nestedRows(placed, '').length === 0 ? [] : [[name, placed] as const],
  );
}

function section(name: string, placed: Placed, page: string): readonly string[] {
  return [
    '',
    `### spec.${name}`,
    '',
    text(placed.schema.description),
    '',
    ...table(nestedRows(placed, ''), page),
    ...exampleOf(placed.schema),
  ];
}

/** All fields below a schema, with their path from it: `pool.maxChildren`, `windows[].start`, `plugins.<slug>.version`. */
function nestedRows(placed: Placed, prefix: string): readonly Row[] {
  return childrenOf(placed).flatMap(([name, required, child]) => {
    const field = prefix === '' || name.startsWith('[') ? `${prefix}${name}` : `${prefix}.${name}`;
    const row = { field, required, placed: child, link: undefined };
    const below = isShared(child, placed.file) ? [] : nestedRows(child, field);
    // The entries of a list or map say no more than the list itself, unless they have fields.
    if (/\[\]$|<.*>$/.test(name)) return below.length === 0 ? [] : below;
    return [row, ...below];
  });
}

function childrenOf({ schema, file }: Placed): readonly (readonly [string, boolean, Placed])[] {
  const own = fieldsOf({ schema, file, origin: undefined });
  const { items, additionalProperties: values } = schema;
  return [
    ...own,
    ...(isSchema(items) ? [['[]', false, resolve(items, file)] as const] : []),
    ...(isSchema(values) ? [[`<${keyWord(schema)}>`, false, resolve(values, file)] as const] : []),
  ];
}

function keyWord({ title }: JsonSchema): string {
  return title === 'Plugins' || title === 'Themes' ? 'slug' : 'key';
}

function fieldsOf({ schema, file }: Placed): readonly (readonly [string, boolean, Placed])[] {
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).map(([name, field]) => [
    name,
    required.includes(name),
    resolve(field, file),
  ]);
}

function propertiesOf({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
}

/** Definitions that have a place of their own: the shared ones on the index page, those of environments on theirs. */
const sharedNames = new Map(
  ['metadata', 'secret', 'schedule'].map((name) => [`common.schema.json#${name}`, name]),
);

function isShared({ origin, schema }: Placed, from: string): boolean {
  return origin !== undefined && (sharedNames.has(origin) || isElsewhere({ origin, schema, file: '' }, from));
}

function isElsewhere({ origin = '', schema }: Placed, from: string): boolean {
  return (
    origin.startsWith('environment.schema.json') && from === 'site.schema.json' && isSchema(schema.properties)
  );
}

/** `page` is the schema that the page is about. */
function table(rows: readonly Row[], page: string): readonly string[] {
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

/** Description, and below it what values are taken. */
function about(schema: JsonSchema): string {
  const limits = [form(schema), range(schema)]
    .filter((part) => part !== '')
    .join('; ')
    .replace(/^./, (letter) => letter.toUpperCase());
  return cell(`${text(schema.description)}${limits === '' ? '' : ` *${limits}.*`}`);
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

function exampleOf({ examples }: JsonSchema): readonly string[] {
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return first === undefined ? [] : ['', `Example: ${code(JSON.stringify(first))}`];
}

function indexPage(): string {
  return lines([
    '# Reference of manifests',
    '',
    made,
    '',
    'Every kind with every field. What they are for and how they work together: [manifests](../manifests.md). The same schemas complete',
    'and explain fields in editors with a YAML language server, and `pressluft schema <kind>` prints them.',
    '',
    '| kind | |',
    '|---|---|',
    ...resourceKinds.map(
      (kind) => `| [${kind}](${pageOf(kind)}) | ${cell(text(schemas[kind].description))} |`,
    ),
    '',
    '## Every manifest',
    '',
    '| field | | |',
    '|---|---|---|',
    '| `apiVersion` | **required** | `pressluft.dev/v1` |',
    '| `kind` | **required** | One of the kinds above. |',
    '| `metadata` | **required** | [Who the resource is](#metadata). |',
    '| `spec` | **required** | What it is; on the page of the kind. A Pressluft manifest can do without. |',
    ...(['metadata', 'secret', 'schedule'] as const).flatMap((name) => {
      const schema: JsonSchema = common.definitions[name];
      const placed = { schema, file: 'common.schema.json', origin: undefined };
      return [
        '',
        `## ${text(schema.title)}`,
        '',
        text(schema.description),
        '',
        ...table(nestedRows(placed, ''), placed.file),
        ...exampleOf(schema),
      ];
    }),
  ]);
}

function lines(all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

/** Descriptions are plain text; what looks like a placeholder must not become HTML. */
function text(value: unknown): string {
  return String(value ?? '')
    .replaceAll('<', '\\<')
    .replaceAll('*', '\\*');
}

function code(value: string): string {
  return `\`${value.replaceAll('|', '\\|')}\``;
}

function cell(value: string): string {
  return value.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (import.meta.main) {
  const pages = renderReference();
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(directory)) {
    if (name.endsWith('.md') && !pages.has(name)) rmSync(join(directory, name));
  }
  for (const [name, page] of pages) {
    const path = join(directory, name);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== page) writeFileSync(path, page);
  }
}
