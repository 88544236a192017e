import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Json } from '../../src/fleet/digest.ts';
import { type Diagnostic, type ManifestFile, renderDiagnosticsText } from '../../src/manifest/index.ts';
import { composeYaml } from '../../src/manifest/yaml/compose.ts';
import { toPlain } from '../../src/manifest/yaml/plain-value.ts';
import { commit, fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

const encoder = new TextEncoder();
const sound = Object.entries(soundFleet);

function file(path: string, bytes: Uint8Array): ManifestFile {
  return { path, oid: path, kind: 'file', bytes };
}

/** Every place is within the text, and the output is printable. */
function expectSane(diagnostics: readonly Diagnostic[]): void {
  for (const { line, column, endLine = line, endColumn = column } of diagnostics) {
    expect(line >= 1 && column >= 1 && (endLine > line || (endLine === line && endColumn >= column))).toBe(
      true,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not occur
  expect(renderDiagnosticsText(diagnostics)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
}

/** Pieces with a meaning in YAML, so that random texts reach deep into the parser. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          'apiVersion: pressluft.dev/v1\n',
          'kind: Environment\n',
          'kind: Site\n',
          'metadata:\n',
          '  name: a\n',
          'spec:\n',
          '  site: acme\n',
        ],
        ...[
          '---\n',
          '...\n',
          '- ',
          ': ',
          '? ',
          '{',
          '}',
          '[',
          ']',
          ',',
          '&a ',
          '*a ',
          '<<: ',
          '!!x ',
          '| \n',
          '>-\n',
          '#',
          '%',
          '"',
          "'",
        ],
        ...[
          '\n',
          '  ',
          '\t',
          '\r\n',
          '\ufeff',
          '__proto__: ',
          'constructor: ',
          '{{',
          '\\',
          '8.2',
          'null',
          '~',
          '\u{1f680}',
          '\u0000',
        ],
      ),
      fc.string({ maxLength: 8, unit: 'binary' }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('any input gives resources or diagnostics, never an exception', { timeout: 60_000 }, () => {
  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const { fleet, diagnostics } = load([...fleetWith({}), file('x.yaml', bytes)]);
        expectSane(diagnostics);
        expect(fleet?.environments.size).toBe(1);
      }),
      { numRuns: 200 },
    );
  });

  test('any bytes as the configuration', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          yamlish.map((text) => encoder.encode(text)),
        ),
        (bytes) => {
          const { fleet, diagnostics } = load([
            ...fleetWith({ 'pressluft.yaml': null }),
            file('pressluft.yaml', bytes),
          ]);
          expectSane(diagnostics);
          expect(fleet === undefined).toBe(
            diagnostics.some((found) => found.file === 'pressluft.yaml' && found.severity === 'error'),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  test('any text of YAML pieces', () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        const { diagnostics } = load([...fleetWith({}), textFile('x.yaml', text)]);
        expectSane(diagnostics);
      }),
      { numRuns: 300 },
    );
  });

  test('any damage to a valid manifest, after which its resource exists or the file is reported', () => {
    const cut = fc.record({
      entry: fc.constantFrom(...sound),
      start: fc.nat(),
      length: fc.nat({ max: 20 }),
      insert: fc.oneof(yamlish, fc.constant('')),
    });
    fc.assert(
      fc.property(cut, ({ entry: [path, text], start, length, insert }) => {
        const at = start % text.length;
        const damaged = `${text.slice(0, at)}${insert}${text.slice(at + length)}`;
        const { diagnostics, resources } = load([...fleetWith({ [path]: null }), textFile(path, damaged)]);
        expectSane(diagnostics);
        const reported = diagnostics.some((found) => found.file === path && found.severity === 'error');
        expect(reported || resources.some((resource) => resource.file === path), damaged).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('any values in the fields of a manifest', () => {
    const value: fc.Arbitrary<Json> = fc.oneof(
      fc.constantFrom<Json>(
        'acme',
        'web-1',
        'staging',
        '8.2',
        8.2,
        true,
        null,
        [],
        {},
        'acme.example',
        '256M',
      ),
      fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
    );
    const spec = fc.record(
      Object.fromEntries(
        [
          'site',
          'node',
          'type',
          'domains',
          'wordpress',
          'php',
          'cache',
          'access',
          'nginx',
          'state',
          'protected',
          'deletionPolicy',
          'other',
        ].map((field) => [field, value]),
      ),
      { requiredKeys: [] },
    );
    const kind = fc.constantFrom('Environment', 'Site', 'Node', 'Provider', 'Pressluft', 'Unknown');
    fc.assert(
      fc.property(kind, value, fc.oneof(spec, value), (resourceKind, name, body) => {
        const document = {
          apiVersion: 'pressluft.dev/v1',
          kind: resourceKind,
          metadata: { name },
          spec: body,
        };
        const { diagnostics } = load([...fleetWith({}), textFile('x.yaml', stringify(document))]);
        expectSane(diagnostics);
      }),
      { numRuns: 300 },
    );
  });
});

describe('printing', () => {
  /** Strings that manifests accept. */
  const text = fc
    .string({ maxLength: 30, unit: 'grapheme' })
    .filter((candidate) => !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]|\{[{%#]/u.test(candidate));
  const key = text.filter((candidate) => candidate !== '__proto__' && candidate !== '<<');
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      text as fc.Arbitrary<Json>,
      fc.integer() as fc.Arbitrary<Json>,
      fc.boolean() as fc.Arbitrary<Json>,
      fc.constant(null) as fc.Arbitrary<Json>,
      fc.array(tie('tree'), { maxLength: 4 }) as fc.Arbitrary<Json>,
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: true }) as fc.Arbitrary<Json>,
    ),
  }));

  test('any value printed as YAML and read again is equal', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const printed = stringify(value);
        const [document] = composeYaml(printed).documents;
        expect(document?.errors).toEqual([]);
        if (document === undefined) throw new Error('no document');
        expect(toPlain(document, printed)).toEqual({ value, problems: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('every manifest of the fixture printed from its value describes the same fleet', () => {
    const printed = sound.map(([path, source]) => {
      const [document] = composeYaml(source).documents;
      if (document === undefined) throw new Error('no document');
      return textFile(path, stringify(toPlain(document, source).value, { lineWidth: 40 }));
    });
    const { fleet, diagnostics } = load(printed);
    expect(diagnostics).toEqual([]);
    const expected = load(fleetWith({})).fleet;
    expect({ ...fleet, locate: null }).toEqual({ ...expected, locate: null });
    expect(fleet?.commit).toBe(commit);
  });
});
