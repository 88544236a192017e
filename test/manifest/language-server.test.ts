import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderCombinedSchema } from '../../scripts/combined-schema.ts';
import { resourceKinds } from '../../src/fleet/resource.ts';
import { bundleSchema, isSchema, type JsonSchema } from '../../src/manifest/schema/bundle-schema.ts';
import { schemaFile } from '../../src/manifest/schema/validators.ts';
import { type LanguageServer, type Place, startLanguageServer } from './language-server.ts';

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'docs/reference/examples');

let server: LanguageServer;
beforeAll(async () => {
  server = await startLanguageServer();
});
afterAll(() => server.close());

/** A schema with its references resolved down to `depth`. */
function resolved(schema: JsonSchema, whole: JsonSchema): JsonSchema {
  const { $ref: ref, ...own } = schema;
  if (typeof ref !== 'string') return schema;
  const definitions = whole.definitions as Record<string, JsonSchema>;
  return { ...resolved(definitions[ref.replace('#/definitions/', '')] ?? {}, whole), ...own };
}

function specFields(kind: (typeof resourceKinds)[number]): readonly (readonly [string, JsonSchema])[] {
  const whole = bundleSchema(kind);
  const { spec } = whole.properties as Record<string, JsonSchema>;
  const { properties } = resolved(spec ?? {}, whole);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, field]) => [
    name,
    resolved(field, whole),
  ]);
}

function exampleOf(kind: (typeof resourceKinds)[number]): { path: string; text: string } {
  const path = join(examples, schemaFile(kind).replace('.schema.json', '.yaml'));
  return { path, text: readFileSync(path, 'utf8') };
}

/** Place just behind the first occurrence of a text. */
function behind(text: string, part: string): Place {
  const before = text.slice(0, text.indexOf(part) + part.length).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

let made = 0;
/** Opens a text as a file beside the examples, where modelines resolve to the schemas. */
async function opened(text: string) {
  const path = join(examples, `made-${made++}.yaml`);
  const diagnostics = await server.open(path, text);
  return { path, messages: diagnostics.map(({ message }) => message), diagnostics };
}

function start(kind: string, schema = schemaFile(kind as (typeof resourceKinds)[number])): string {
  return `# yaml-language-server: $schema=../../../schemas/${schema}\napiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata:\n  name: a\nspec:\n`;
}

describe.concurrent('an editor with the YAML language server', () => {
  test.each(resourceKinds)('reports no problem in the example of %s', async (kind) => {
    const { path, text } = exampleOf(kind);
    expect(await server.open(path, text)).toEqual([]);
  });

  test.each(resourceKinds)('completes the first lines of a manifest of %s', async (kind) => {
    const modeline = start(kind).split('\n')[0];
    const { path } = await opened(`${modeline}\n`);
    const labels = (await server.complete(path, { line: 1, character: 0 })).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['apiVersion', 'kind', 'metadata', 'spec']));
    const { path: second } = await opened(`${modeline}\napiVersion: pressluft.dev/v1\nkind: \n`);
    expect((await server.complete(second, { line: 2, character: 6 })).map(({ label }) => label)).toContain(
      kind,
    );
  });

  test.each(resourceKinds)('completes every field of the spec of %s, with its description', async (kind) => {
    const { path } = await opened(`${start(kind)}  `);
    const items = new Map(
      (await server.complete(path, { line: 6, character: 2 })).map((item) => [item.label, item]),
    );
    for (const [name, { description }] of specFields(kind)) {
      expect(items.has(name), name).toBe(true);
      expect(JSON.stringify(items.get(name)?.documentation ?? ''), name).toContain(
        JSON.stringify(String(description).slice(0, 40)).slice(1, -1),
      );
    }
    expect([...items.keys()].filter((label) => label.includes('[object'))).toEqual([]);
  });

  test.each(resourceKinds)(
    'completes the values of the fields of %s that take one of a few',
    async (kind) => {
      for (const [name, schema] of specFields(kind)) {
        const offered: readonly unknown[] = Array.isArray(schema.enum) ? schema.enum : [];
        if (offered.length === 0) continue;
        const { path } = await opened(`${start(kind)}  ${name}: \n`);
        const labels = (await server.complete(path, { line: 6, character: name.length + 4 })).map(
          ({ label }) => label.replaceAll('"', ''),
        );
        expect(labels, name).toEqual(expect.arrayContaining(offered.map(String)));
      }
    },
  );

  test.each(resourceKinds)('explains the fields of %s on hover', async (kind) => {
    const { path, text } = exampleOf(kind);
    await server.open(path, text);
    const fields = specFields(kind).filter(([name]) => text.includes(`\n  ${name}:`));
    expect(fields.length).toBeGreaterThan(0);
    for (const [name, { title, description }] of fields) {
      const { line, character } = behind(text, `\n  ${name}`);
      const hover = (await server.hover(path, { line, character: character - 1 })).replaceAll('\\', '');
      expect(hover, name).toContain(String(title));
      expect(hover.replaceAll('&nbsp;', ' '), name).toContain(String(description).slice(0, 40));
    }
  });

  test.each(resourceKinds)('underlines the errors of a broken copy of the example of %s', async (kind) => {
    const { text } = exampleOf(kind);
    const broken = text
      .replace('metadata:\n  name: ', 'metadata:\n  name: Not_A_Name-')
      .replace('\nspec:\n', '\nspec:\n  colour: red\n');
    const { messages } = await opened(broken);
    expect(messages).toEqual(
      expect.arrayContaining([
        'Property colour is not allowed.',
        expect.stringContaining('lower-case letters, digits and inner dashes'),
      ]),
    );
  });

  test('checks each document of a file by its own modeline', async () => {
    const text = readFileSync(join(root, 'example-repo/sites/bakery/bakery.yaml'), 'utf8');
    const broken = text.replace('type: development', 'type: developmental');
    const there = join(root, 'example-repo/sites/bakery');
    expect(await server.open(join(there, 'sound.yaml'), text)).toEqual([]);
    const found = await server.open(join(there, 'broken.yaml'), broken);
    expect(found.map(({ message }) => message)).toEqual([
      'Value is not accepted. Valid values: "production", "staging", "development".',
    ]);
  });

  test('knows the kinds by the combined schema, for files without a modeline', async () => {
    const file = 'manifest.schema.json';
    const text = `${start('Environment', file)}  site: a\n  node: b\n  type: staging\n  colour: red\n---\n${start('Backup', file)}  scope: half\n`;
    const { messages } = await opened(text);
    expect(messages.sort()).toEqual([
      'Missing property "environment".',
      'Property colour is not allowed.',
      'Value is not accepted. Valid values: "database", "files", "full".',
    ]);
    const { path: bare } = await opened(`# yaml-language-server: $schema=../../../schemas/${file}\nkind: \n`);
    const kinds = (await server.complete(bare, { line: 1, character: 6 })).map(({ label }) => label);
    expect(kinds).toEqual(expect.arrayContaining([...resourceKinds]));
    const { path } = await opened(`${start('Node', file)}  provider: a\n  `);
    const labels = (await server.complete(path, { line: 7, character: 2 })).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining(['serverType', 'state', 'timezone']));
    expect(labels).not.toContain('site');
  });
});

test('the combined schema names every kind', () => {
  const text = readFileSync(join(root, 'schemas/manifest.schema.json'), 'utf8');
  const schema = JSON.parse(text) as { allOf: { then: { $ref: string } }[]; properties: JsonSchema };
  expect(isSchema(schema.properties.kind) && schema.properties.kind.enum).toEqual([...resourceKinds]);
  expect(schema.allOf.map(({ then }) => then.$ref)).toEqual(resourceKinds.map(schemaFile));
  expect(text).toBe(renderCombinedSchema());
});
