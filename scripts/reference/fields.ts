import { isSchema, type JsonSchema, refTarget } from '../../src/manifest/schema/bundle-schema.ts';

/** A schema with the file that its references are relative to. */
export interface Placed {
  readonly schema: JsonSchema;
  readonly file: string;
  /** Definition that it comes from. */
  readonly origin: string | undefined;
}

/** Keywords beside a reference take precedence over those of the definition. */
export function resolve(schema: JsonSchema, file: string): Placed {
  const { $ref: ref, ...own } = schema;
  if (typeof ref !== 'string') return { schema, file, origin: undefined };
  const target = refTarget(ref, file);
  const inner = resolve(target.schema, target.file);
  return { schema: { ...inner.schema, ...own }, file: inner.file, origin: `${target.file}#${target.name}` };
}

export interface Row {
  readonly field: string;
  readonly required: boolean;
  readonly placed: Placed;
  /** Section of the page with the details. */
  readonly link: string | undefined;
}

/** Fields that have documented fields. */
export function objectFields(spec: Placed): readonly (readonly [string, Placed])[] {
  return fieldsOf(spec).flatMap(([name, , placed]) =>
    isShared(placed, spec.file) || nestedRows(placed, '').length === 0 ? [] : [[name, placed] as const],
  );
}

/** All fields below a schema, with their path from it: `pool.maxChildren`, `windows[].start`, `plugins.<slug>.version`. */
export function nestedRows(placed: Placed, prefix: string): readonly Row[] {
  return childrenOf(placed).flatMap(([name, required, child]) => {
    const field = prefix === '' || name.startsWith('[') ? `${prefix}${name}` : `${prefix}.${name}`;
    const row = { field, required, placed: child, link: undefined };
    const below = isShared(child, placed.file) ? [] : nestedRows(child, field);
    // The entries of a list or map add nothing to the list itself, unless they have fields.
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

export function fieldsOf({ schema, file }: Placed): readonly (readonly [string, boolean, Placed])[] {
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).map(([name, field]) => [
    name,
    required.includes(name),
    resolve(field, file),
  ]);
}

export function propertiesOf({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return isSchema(properties) ? (properties as Record<string, JsonSchema>) : {};
}

/** Definitions with their own section: the shared ones on the index page, those of environments on the environment page. */
export const sharedNames = new Map(
  ['metadata', 'secret', 'schedule'].map((name) => [`common.schema.json#${name}`, name]),
);

function isShared({ origin, schema }: Placed, from: string): boolean {
  return origin !== undefined && (sharedNames.has(origin) || isElsewhere({ origin, schema, file: '' }, from));
}

export function isElsewhere({ origin = '', schema }: Placed, from: string): boolean {
  return (
    origin.startsWith('environment.schema.json') && from === 'site.schema.json' && isSchema(schema.properties)
  );
}
