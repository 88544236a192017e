import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readWrittenYaml, writeYaml } from '../../src/record/plain-yaml.ts';

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

test('what is written is YAML, and both ways of reading it agree', () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const written = writeYaml(value);
      // A text without members is not a mapping for YAML.
      if (Object.keys(value).length > 0) expect(parse(written, { maxAliasCount: 0 })).toEqual(value);
      if (Object.keys(value).length > 0) expect(readWrittenYaml(written)).toEqual(value);
    }),
    { numRuns: 1500 },
  );
});

test('a text that was not written here is left to the parser, or read as the parser reads it', () => {
  const edited = fc.tuple(
    anyValue,
    fc.nat(),
    fc.constantFrom(' ', '\n', '#', ': ', '- ', '"', '&a ', '*a', '\t', 'x'),
  );
  fc.assert(
    fc.property(edited, ([value, at, insert]) => {
      const written = writeYaml(value);
      const place = at % written.length;
      const other = written.slice(0, place) + insert + written.slice(place);
      const read = readWrittenYaml(other);
      if (read === undefined || Object.keys(read).length === 0) return;
      expect(writeYaml(read)).toBe(other);
      expect(parse(other)).toEqual(read);
    }),
    { numRuns: 1500 },
  );
});

test.each([
  ['a comment', 'a: b # c\n'],
  ['another indentation', 'a:\n    b: c\n'],
  ['flow style', 'a: { b: c }\n'],
  ['a quoted word that needs no quotes', 'a: "b"\n'],
  ['an anchor', 'a: &x b\n'],
  ['a block scalar', 'a: |-\n  b\n'],
  ['the same key twice', 'a: b\na: c\n'],
  ['a quoted key that needs no quotes', '"a": b\n'],
  ['a key that needs quotes', 'yes: b\n'],
  ['numbers as keys in another order', '"2": b\n"1": c\n'],
  ['a number in another form', 'a: 1.0\n'],
  ['a list in one line', 'a: ["b"]\n'],
  ['a mapping in one line', 'a: {"b":1}\n'],
  ['a list in one line in a list', 'a:\n  - [[1]]\n'],
  ['an escape that is not needed', 'a: "\\u0061 b#"\n'],
  ['a prototype', '__proto__: b\n'],
  ['an empty line', 'a: b\n\nc: d\n'],
  ['a member that is nothing', 'a:\nb: c\n'],
  ['no end of line', 'a: b'],
  ['nothing', ''],
])('%s is left to the parser', (_, other) => {
  expect(readWrittenYaml(other)).toBeUndefined();
});

test('a list of lists that is not in one line is left to the parser, empty ones too', () => {
  expect(readWrittenYaml('a:\n  - []\n')).toBeUndefined();
  expect(writeYaml({ a: [[]] })).toBe('a: [[]]\n');
  expect(readWrittenYaml('a: [[]]\n')).toEqual({ a: [[]] });
});
