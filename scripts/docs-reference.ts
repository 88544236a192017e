import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import common from '../schemas/common.schema.json' with { type: 'json' };
import { type ResourceKind, resourceKinds } from '../src/fleet/resource.ts';
import type { JsonSchema } from '../src/manifest/schema/bundle-schema.ts';
import { kindLevels } from '../src/manifest/schema/field-levels.ts';
import { schemaFile, schemas } from '../src/manifest/schema/validators.ts';
import {
  fieldsOf,
  nestedRows,
  objectFields,
  type Placed,
  propertiesOf,
  type Row,
  resolve,
} from './reference/fields.ts';
import { cell, exampleOf, table, text } from './reference/table.ts';

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
    writtenBy[kindLevels[kind].level],
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

const writtenBy = {
  fleet: '**Level: fleet.** Only the fleet owner may write it ([ownership](../manifests.md#ownership)).',
  site: '**Level: site.** The owner of its site may write it, except for the fields of the level fleet ([ownership](../manifests.md#ownership)).',
} as const;

function topRows(spec: Placed): readonly Row[] {
  const sections = new Set(objectFields(spec).map(([name]) => name));
  return fieldsOf(spec).map(([name, required, placed]) => ({
    field: name,
    required,
    placed,
    link: sections.has(name) ? `#spec${name.toLowerCase()}` : undefined,
  }));
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

function indexPage(): string {
  return lines([
    '# Reference of manifests',
    '',
    made,
    '',
    'All kinds with all fields. [Manifests](../manifests.md) explains their purpose and how they work together. Editors with a YAML',
    'language server use the same schemas to complete and explain fields, and `pressluft schema <kind>` prints them.',
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
    '| `metadata` | **required** | [Identity of the resource](#metadata). |',
    '| `spec` | **required** | The desired state; see the page of the kind. Optional in a Pressluft manifest. |',
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
