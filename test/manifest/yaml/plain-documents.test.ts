import { isUtf8 } from 'node:buffer';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parser } from 'yaml';
import { installationRoot } from '../../../src/main/paths.ts';
import { limits } from '../../../src/manifest/limits.ts';
import { composeYaml, syntaxProblems } from '../../../src/manifest/yaml/compose.ts';
import { fieldRange } from '../../../src/manifest/yaml/field-range.ts';
import { readPlainDocuments } from '../../../src/manifest/yaml/plain-documents.ts';
import { toPlain } from '../../../src/manifest/yaml/plain-value.ts';
import { rawFault } from '../../../src/manifest/yaml/text-rules.ts';
import { parseTokens } from '../../../src/manifest/yaml/tokens.ts';
import { soundFleet } from '../fleet-fixture.ts';
import { damaged, printedText, soundText, yamlishText } from './arbitrary-text.ts';

/** Decoded text has surrogates in pairs only. */
const anyText = fc
  .oneof(yamlishText, printedText, damaged(printedText), damaged(soundText))
  .map((text) => text.toWellFormed());

/** The same from the fast reader, which does not know the place of an empty document. */
function fast(text: string) {
  return readPlainDocuments(text)?.map(({ value, start }) => ({
    value,
    start: value === null ? null : start,
  }));
}

/** The result of syntax trees: the values of a text and the places of their first keys, or that the text is not valid. */
function composed(text: string): readonly unknown[] | 'wrong' {
  const { documents, problems, stopped } = composeYaml(text);
  const plain = documents.map((document) => toPlain(document, text));
  const wrong =
    problems.length > 0 ||
    stopped !== undefined ||
    rawFault(text) !== undefined ||
    documents.some((document) => syntaxProblems(document).length > 0) ||
    plain.some((document) => document.problems.length > 0);
  const starts = documents.map((document) => fieldRange(document, [], 'key').start);
  return wrong
    ? 'wrong'
    : plain.map(({ value }, at) => ({ value, start: value === null ? null : starts[at] }));
}

function expectSameValues(text: string): void {
  const short = fast(text);
  if (short === undefined) return;
  const full = composed(text);
  expect(isDeepStrictEqual(short, full), JSON.stringify({ text, short, full })).toBe(true);
}

/** Every YAML file of the repository. */
function writtenFiles(): readonly string[] {
  return globSync('{test,example-repo,ansible,docs}/**/*.{yaml,yml}', { cwd: installationRoot })
    .map((path) => readFileSync(join(installationRoot, path)))
    .filter((bytes) => isUtf8(bytes))
    .map((bytes) => bytes.toString('utf8'));
}

describe('plain documents', () => {
  test.each([
    ['0o17', 15],
    ['0x1F', 31],
    ['1e3', 1000],
    ['+1', 1],
    ['-0', -0],
    ['012', 12],
    ['.5', 0.5],
    ['5.', 5],
    ['1_000', '1_000'],
    ['0b11', '0b11'],
    ['12:30', '12:30'],
    ['2026-01-01', '2026-01-01'],
    ['1.2.3', '1.2.3'],
    ['12345678901234567890', 12345678901234567e3],
    ['.inf', Number.POSITIVE_INFINITY],
    ['-.INF', Number.NEGATIVE_INFINITY],
    ['.NaN', Number.NaN],
    ['yes', 'yes'],
    ['off', 'off'],
    ['TRUE', true],
    ['tRUE', 'tRUE'],
    ['~', null],
    ['', null],
    ['Null', null],
    ['0 2 * * *', '0 2 * * *'],
    ['a & b! c', 'a & b! c'],
    ['a # b', 'a'],
    ['a#b', 'a#b'],
    ["'it''s'", "it's"],
    ['"\\x41\\u00e9\\U0001F600\\/"', 'A\u00e9\u{1f600}/'],
    ['[a, {b: c}, ]', ['a', { b: 'c' }]],
    ['[b c: d]', [{ 'b c': 'd' }]],
    ['{a, b: }', { a: null, b: null }],
    ['>-\n  b\n  c', 'b c'],
    ['|2-\n    b', '  b'],
  ])('%j is read as the core schema says', (written, value) => {
    for (const text of [`a: ${written}\n`, `a: ${written}\n`.replaceAll('\n', '\r\n')]) {
      expect(fast(text)).toEqual([{ value: { a: value }, start: 0 }]);
      expect(composed(text)).toEqual([{ value: { a: value }, start: 0 }]);
    }
  });

  test('keep the text of a key that looks like a number', () => {
    expect(fast('7.10: { 1: a, 0x1F: b, true: c, null: d }\n')).toEqual(
      composed('7.10: { 1: a, 0x1F: b, true: c, null: d }\n'),
    );
    expect(readPlainDocuments('7.10: a\n')?.[0]?.value).toEqual({ '7.10': 'a' });
  });

  test('equal those of the syntax tree, and are undefined for any text with an error', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expectSameValues(text);
      }),
      { numRuns: 2000 },
    );
  });

  test('equal those of the syntax tree in every file of the tests and the example, with each byte changed', {
    timeout: 60_000,
  }, () => {
    for (const text of writtenFiles()) {
      expectSameValues(text);
      expectSameValues(text.replaceAll('\n', '\r\n'));
      expectSameValues(`# a\n${text}\n---\n\n---\n${text}`);
    }
    const changed = fc.tuple(
      fc.constantFrom(...writtenFiles()),
      fc.nat(),
      fc.constantFrom(...' \n\r\t:-?#&*!|>%@`\'"{}[],.~0<=a\u00e9'),
    );
    fc.assert(
      fc.property(changed, ([text, where, character]) => {
        const at = where % (text.length + 1);
        expectSameValues(`${text.slice(0, at)}${character}${text.slice(at + 1)}`);
        expectSameValues(`${text.slice(0, at)}${character}${text.slice(at)}`);
      }),
      { numRuns: 1000 },
    );
  });

  test('are defined for usual manifests', () => {
    for (const [path, text] of Object.entries(soundFleet)) {
      expect(fast(text), path).toEqual(composed(text));
      expect(fast(text.replaceAll('\n', '\r\n')), path).toEqual(composed(text));
    }
    fc.assert(
      fc.property(printedText, (text) => {
        // A question mark before a space or a line end may be an explicit key.
        if (composed(text) !== 'wrong' && !/\?\s/.test(text))
          expect(readPlainDocuments(text), text).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['anchors', 'a: &x 1\n'],
    ['aliases', 'a: &x 1\nb: *x\n'],
    ['tags', 'a: !!str 1\n'],
    ['directives', '%YAML 1.2\n---\na: 1\n'],
    ['explicit keys', '? a\n: 1\n'],
    ['duplicate keys', 'a: 1\na: 2\n'],
    ['merge keys', '<<: 1\n'],
    ['prototypes', '__proto__: 1\n'],
    ['tabs', 'a:\t1\n'],
    ['templates', 'a: "{{ b }}"\n'],
    ['control characters', 'a: "\\e"\n'],
    ['line breaks in a value', 'a: |\n  b\n  c\n'],
    ['compact mappings', 'a: b: c\n'],
    ['comments without space', 'a: "b"#c\n'],
    ['missing commas', 'a: ["b" "c"]\n'],
    ['unclosed brackets', 'a: [b\n'],
    ['unclosed quotes', 'a: "b\n'],
    ['bad indentation', 'a:\n   b: 1\n  c: 2\n'],
    ['too long keys', `${'k'.repeat(1030)}: 1\n`],
    ['keys behind a list item', 'a:\n- "b" c: d\n'],
    ['an indented marker', ' ---\n{}\n'],
    ['a block scalar that ends in spaces', 'a: |2-\n   '],
    ['a number beyond the greatest', 'a: 1e999\n'],
    ['half of a character', 'a: "\\ud83d"\n'],
    ['a carriage return', '# a\rb: c\n'],
    ['a byte order mark', '\ufeffa: b\n'],
    ['an end marker', 'a: b\n...\n'],
    ['a text alone', 'a\n'],
    ['a key that is empty', ': a\n'],
    ['a key that is a list', '[a]: b\n'],
    ['depth', `a: ${'['.repeat(limits.nestingDepth)}${']'.repeat(limits.nestingDepth)}\n`],
  ])('are undefined for %s', (_, text) => {
    expect(readPlainDocuments(text)).toBeUndefined();
  });
});

test('tokens are those of the library', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { tokens, stopped } = parseTokens(text);
      // Reading a text stops when it has too many errors.
      const complete = stopped === undefined && tokens.filter(({ type }) => type === 'error').length <= 100;
      if (complete) expect(tokens).toEqual([...new Parser().parse(text)]);
    }),
    { numRuns: 400 },
  );
});
