import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readYaml } from '../../src/record/read-yaml.ts';
import { writeYaml } from '../../src/record/write-yaml.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({
    unit: fc.constantFrom('a', 'Z', '7', ' ', ':', '#', '-', '"', "'", '\n', '.', '/', '~', '[', '{'),
  }),
  fc.constantFrom(
    'true',
    'No',
    'null',
    '~',
    '0x1f',
    '1e3',
    '.inf',
    '2026-01-01',
    '12:30',
    '- a',
    'a: b',
    'a #b',
    '',
  ),
);

const anyValue = fc.letrec<{ value: unknown; mapping: Record<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('mapping'),
  ),
  mapping: fc
    .dictionary(text, tie('value'), { maxKeys: 5 })
    .map((mapping) => Object.fromEntries(Object.entries(mapping).filter(([key]) => key !== '__proto__'))),
})).mapping;

test('the text is YAML, and is read as the written value', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const written = writeYaml(value);
      // A text without members is not a mapping for YAML.
      if (Object.keys(value).length > 0) expect(parse(written, { maxAliasCount: 0 })).toEqual(value);
      if (Object.keys(value).length > 0) expect(readYaml(written)).toEqual(value);
      expect(readYaml(`# A comment.\n${written}`)).toEqual(value);
      expect(writeYaml(readYaml(written))).toBe(written);
    }),
    { numRuns: 1500 },
  );
});

test('an edited text is read as by another YAML parser, or is no record', () => {
  const edited = fc.tuple(
    anyValue,
    fc.nat(),
    fc.constantFrom(' ', '\n', '#', ': ', '- ', '"', '&a ', '*a', '\t', 'x', '!!str '),
  );
  fc.assert(
    fc.property(edited, ([value, at, insert]) => {
      const written = writeYaml(value);
      const place = at % written.length;
      const other = written.slice(0, place) + insert + written.slice(place);
      const read = readYaml(other);
      const parsed = parsedMapping(other);
      if (Object.keys(read).length > 0 && parsed !== undefined) expect(read).toEqual(parsed);
    }),
    { numRuns: 1500, examples: [[[{ a: [1.0004805774432892e300] }, 9, ': ']]] },
  );
});

/** Undefined for what is no YAML, and for what parsers read in different ways: a key that is null, and a number beyond all floats. */
function parsedMapping(text: string): unknown {
  const options = { maxAliasCount: 0, logLevel: 'error' } as const;
  try {
    return isAmbiguous(parse(text, { ...options, mapAsMap: true })) ? undefined : parse(text, options);
  } catch {
    return undefined;
  }
}

function isAmbiguous(value: unknown): boolean {
  if (value === null || value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return true;
  if (value instanceof Map) {
    return [...value].some(([key, member]) => isAmbiguous(key) || (member !== null && isAmbiguous(member)));
  }
  return Array.isArray(value) && value.some((item) => item !== null && isAmbiguous(item));
}

test.each([
  ['a comment', 'a: b # c\n', { a: 'b' }],
  ['another indentation', 'a:\n    b: c\n', { a: { b: 'c' } }],
  ['flow style', 'a: { b: c }\n', { a: { b: 'c' } }],
  ['a quoted word that needs no quotes', 'a: "b"\n', { a: 'b' }],
  ['an anchor', 'a: &x b\n', { a: 'b' }],
  ['a block scalar', 'a: |-\n  b\n', { a: 'b' }],
  ['a quoted key that needs no quotes', '"a": b\n', { a: 'b' }],
  ['a key that needs quotes', 'yes: b\n', { yes: 'b' }],
  ['numbers as keys in another order', '"2": b\n"1": c\n', { 1: 'c', 2: 'b' }],
  ['a number in another form', 'a: 1.0\n', { a: 1 }],
  ['a list in one line', 'a: ["b"]\n', { a: ['b'] }],
  ['a mapping in one line', 'a: {"b":1}\n', { a: { b: 1 } }],
  ['a list in one line in a list', 'a:\n  - [[1]]\n', { a: [[[1]]] }],
  ['an escape that is not needed', 'a: "\\u0061 b#"\n', { a: 'a b#' }],
  ['an empty line', 'a: b\n\nc: d\n', { a: 'b', c: 'd' }],
  ['a member that is nothing', 'a:\nb: c\n', { a: null, b: 'c' }],
  ['no end of line', 'a: b', { a: 'b' }],
  ['a carriage return, which ends a line', '# a\rb: c\n', { b: 'c' }],
  ['an empty list in a list', 'a:\n  - []\n', { a: [[]] }],
])('%s is read as YAML', (_, other, value) => {
  expect(readYaml(other)).toEqual(value);
  if (!other.includes('\r')) expect(parse(other)).toEqual(value);
});

test.each([
  ['the same key twice', 'a: b\na: c\n'],
  ['an alias', 'a: &x b\nc: *x\n'],
  ['a tag that is not in the core schema', 'a: !!binary AAAA\n'],
  ['several documents', 'a: b\n---\nc: d\n'],
  ['nesting beyond all records', `a: ${'['.repeat(200)}${']'.repeat(200)}\n`],
  ['a list', '- a\n'],
  ['nothing', ''],
])('%s is no record', (_, other) => {
  expect(readYaml(other)).toEqual({});
});

test('the key of a prototype is a member as any other', () => {
  const read = readYaml('__proto__: { b: c }\n');
  expect(Object.keys(read)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
});

test('a list of lists is written in one line', () => {
  expect(writeYaml({ a: [[]] })).toBe('a: [[]]\n');
  expect(readYaml('a: [[]]\n')).toEqual({ a: [[]] });
});
