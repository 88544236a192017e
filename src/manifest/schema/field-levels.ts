import { type TrustLevel, trustLevels } from '../../fleet/ownership.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { perKind } from '../../fleet/resource.ts';
import { isSchema, type JsonSchema, refTarget } from './bundle-schema.ts';
import { schemaFile, schemas } from './validators.ts';

/** The keyword that states who may write a field. A field without it has the level of the field above it, in the end that of its kind. */
export const levelKeyword = 'x-pressluft-level';

/** A field by its path from the top of a document; `*` stands for every entry of a list or mapping. */
export interface FieldLevel {
  readonly path: readonly string[];
  readonly level: TrustLevel | undefined;
}

/** All fields of a kind with their levels, each before the fields below it. */
export function fieldLevels(kind: ResourceKind): readonly FieldLevel[] {
  const found: FieldLevel[] = [];
  const visit = (
    at: { readonly schema: JsonSchema; readonly file: string },
    path: readonly string[],
    above: TrustLevel | undefined,
    open: readonly string[],
  ) => {
    const { schema, file, refs } = resolved(at.schema, at.file);
    const level = ownLevel(at.schema) ?? ownLevel(schema) ?? above;
    found.push({ path, level });
    if (refs.some((ref) => open.includes(ref))) return;
    for (const [key, child] of childrenOf(schema))
      visit({ schema: child, file }, [...path, key], level, [...open, ...refs]);
  };
  visit({ schema: schemas[kind], file: schemaFile(kind) }, [], undefined, []);
  return found;
}

/** The level of the documents of a kind, and the topmost fields that only the fleet owner may write although others may write the rest. */
export interface KindLevels {
  readonly level: TrustLevel;
  readonly fleetFields: readonly (readonly string[])[];
}

export const kindLevels: Readonly<Record<ResourceKind, KindLevels>> = perKind((kind) => {
  const fields = fieldLevels(kind);
  const level = fields[0]?.level ?? 'fleet';
  if (level === 'fleet') return { level, fleetFields: [] };
  const all = fields.filter((field) => field.level === 'fleet').map(({ path }) => path);
  const fleetFields = all.filter((path) => !all.some((above) => above !== path && isBelow(path, above)));
  return { level, fleetFields };
});

function isBelow(path: readonly string[], above: readonly string[]): boolean {
  return above.length < path.length && above.every((key, at) => key === path[at]);
}

function ownLevel(schema: JsonSchema): TrustLevel | undefined {
  return trustLevels.find((level) => level === schema[levelKeyword]);
}

function resolved(schema: JsonSchema, file: string) {
  const refs: string[] = [];
  let at = { schema, file };
  while (typeof at.schema.$ref === 'string') {
    const target = refTarget(at.schema.$ref, at.file);
    refs.push(`${target.file}#${target.name}`);
    at = target;
  }
  return { ...at, refs };
}

function childrenOf(schema: JsonSchema): readonly (readonly [string, JsonSchema])[] {
  const { properties, additionalProperties, patternProperties, items } = schema;
  const named = isSchema(properties) ? Object.entries(properties) : [];
  const any = [
    additionalProperties,
    items,
    ...(isSchema(patternProperties) ? Object.values(patternProperties) : []),
  ];
  return [
    ...named.filter((entry): entry is [string, JsonSchema] => isSchema(entry[1])),
    ...any.filter(isSchema).map((child) => ['*', child] as const),
  ];
}
