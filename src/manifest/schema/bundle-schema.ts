import common from '../../../schemas/common.schema.json' with { type: 'json' };
import type { ResourceKind } from '../../fleet/resource.ts';
import { schemaFile, schemas } from './validators.ts';

export type JsonSchema = { readonly [key: string]: unknown };

/** Whether a value is a schema rather than one of the lists, texts and truth values in it. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Target {
  /** File of `schemas/` that contains the definition. */
  readonly file: string;
  readonly name: string;
  readonly schema: JsonSchema;
}

const files = new Map<string, JsonSchema>([
  ['common.schema.json', common],
  ...Object.entries(schemas).map(([kind, schema]): [string, JsonSchema] => [
    schemaFile(kind as ResourceKind),
    schema,
  ]),
]);

/** The target of a `$ref` in one of our schemas. Throws TypeError for a reference of another form. */
export function refTarget(ref: string, from: string): Target {
  const [file = '', pointer = ''] = ref.split('#');
  const name = pointer.replace('/definitions/', '');
  const holder = file === '' ? from : file;
  const definitions = files.get(holder)?.definitions;
  const schema = isSchema(definitions) ? definitions[name] : undefined;
  if (!isSchema(schema)) throw new TypeError(`no schema at ${ref} from ${from}`);
  return { file: holder, name, schema };
}

/**
 * The schema of a kind in one file: definitions of other files are copied into its own, so that it can be used without those
 * files.
 */
export function bundleSchema(kind: ResourceKind): JsonSchema {
  const own = schemaFile(kind);
  const names = new Map<string, string>();
  const definitions: Record<string, unknown> = {};

  function nameOf({ file, name, schema }: Target): string {
    const key = `${file}#${name}`;
    const known = names.get(key);
    if (known !== undefined) return known;
    const taken = Object.hasOwn(definitions, name);
    const chosen = taken ? `${file.replace('.schema.json', '')}-${name}` : name;
    names.set(key, chosen);
    // The name is reserved first, because a definition may refer to itself.
    definitions[chosen] = {};
    definitions[chosen] = inlined(schema, file);
    return chosen;
  }

  function inlined(value: unknown, file: string): unknown {
    if (Array.isArray(value)) return value.map((item) => inlined(item, file));
    if (!isSchema(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [
        key,
        key === '$ref' && typeof member === 'string'
          ? `#/definitions/${nameOf(refTarget(member, file))}`
          : inlined(member, file),
      ]),
    );
  }

  const { definitions: _definitions, ...schema } = schemas[kind] as JsonSchema;
  const body = inlined(schema, own) as JsonSchema;
  return Object.keys(definitions).length === 0 ? body : { ...body, definitions };
}
