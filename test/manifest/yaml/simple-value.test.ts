import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Parser } from 'yaml';
import { limits } from '../../../src/manifest/limits.ts';
import { composeYaml, syntaxProblems } from '../../../src/manifest/yaml/compose.ts';
import { fieldRange } from '../../../src/manifest/yaml/field-range.ts';
import { toPlain } from '../../../src/manifest/yaml/plain-value.ts';
import { readSimple } from '../../../src/manifest/yaml/simple-value.ts';
import { rawControlCharacter } from '../../../src/manifest/yaml/text-rules.ts';
import { parseTokens } from '../../../src/manifest/yaml/tokens.ts';
import { soundFleet } from '../fleet-fixture.ts';
import { damaged, printedText, soundText, yamlishText } from './arbitrary-text.ts';

/** Decoded text has surrogates in pairs only. */
const anyText = fc
  .oneof(yamlishText, printedText, damaged(printedText), damaged(soundText))
  .map((text) => text.toWellFormed());

/** The same straight from the tokens. Where nothing is cannot be told. */
function simple(text: string) {
  return readSimple(text)?.map(({ value, start }) => ({ value, start: value === null ? null : start }));
}

/** What syntax trees say about a text: its values and where their first keys are, or that something is wrong with it. */
function composed(text: string): readonly unknown[] | 'wrong' {
  const { documents, problems, stopped } = composeYaml(text);
  const plain = documents.map((document) => toPlain(document, text));
  const wrong =
    problems.length > 0 ||
    stopped !== undefined ||
    rawControlCharacter(text) !== undefined ||
    documents.some((document) => syntaxProblems(document).length > 0) ||
    plain.some((document) => document.problems.length > 0);
  const starts = documents.map((document) => fieldRange(document, [], 'key').start);
  return wrong
    ? 'wrong'
    : plain.map(({ value }, at) => ({ value, start: value === null ? null : starts[at] }));
}

describe('values straight from the tokens', () => {
  test('are those of the syntax tree, and there are none where anything is wrong', {
    timeout: 30_000,
  }, () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const short = simple(text);
        if (short === undefined) return;
        const full = composed(text);
        expect(isDeepStrictEqual(short, full), JSON.stringify({ text, short, full })).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test('are there for what people write', () => {
    for (const [path, text] of Object.entries(soundFleet)) {
      expect(simple(text), path).toEqual(composed(text));
      expect(simple(text.replaceAll('\n', '\r\n')), path).toEqual(composed(text));
    }
    fc.assert(
      fc.property(printedText, (text) => {
        if (composed(text) !== 'wrong' && !text.includes('? ')) expect(readSimple(text), text).toBeDefined();
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
    ['missing commas', 'a: [b c: d]\n'],
    ['unclosed brackets', 'a: [b\n'],
    ['unclosed quotes', 'a: "b\n'],
    ['bad indentation', 'a:\n   b: 1\n  c: 2\n'],
    ['too long keys', `${'k'.repeat(1030)}: 1\n`],
    ['depth', `a: ${'['.repeat(limits.nestingDepth)}${']'.repeat(limits.nestingDepth)}\n`],
  ])('are not given for %s', (_, text) => {
    expect(readSimple(text)).toBeUndefined();
  });
});

test('tokens are those of the library', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const { tokens, stopped } = parseTokens(text);
      // A text with very many errors is left where they become too many.
      const complete = stopped === undefined && tokens.filter(({ type }) => type === 'error').length <= 100;
      if (complete) expect(tokens).toEqual([...new Parser().parse(text)]);
    }),
    { numRuns: 400 },
  );
});
