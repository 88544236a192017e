import fc from 'fast-check';
import { stringify } from 'yaml';
import type { Json } from '../../../src/fleet/digest.ts';
import { soundFleet } from '../fleet-fixture.ts';

/** Pieces with a meaning in YAML, so that random texts reach deep into the parser. */
const pieces = [
  ...[
    'apiVersion: pressluft.dev/v1\n',
    'kind: Environment\n',
    'metadata:\n',
    '  name: a\n',
    'spec:\n',
    'b: c\n',
  ],
  ...[
    '---\n',
    '...\n',
    '--- ',
    '- ',
    ': ',
    '? ',
    ':',
    '-',
    '?',
    '{',
    '}',
    '[',
    ']',
    ', ',
    ',',
    'a: ',
    '"a": ',
  ],
  ...[
    '&a ',
    '*a ',
    '<<: ',
    '!!str ',
    '! ',
    '| \n',
    '>-\n',
    '|2\n',
    '#',
    ' # c',
    '# c\n',
    '%',
    '"',
    "'",
    '""',
    "''",
  ],
  ...[
    '\n',
    '\n',
    '  ',
    '    ',
    ' ',
    '\t',
    '\r\n',
    '\r',
    '\ufeff',
    '__proto__: ',
    '{{',
    '\\',
    '\\n',
    '@',
    '`',
  ],
  ...[
    '8.2',
    '0x1F',
    '0o7',
    '.nan',
    '1e3',
    '-.inf',
    'null',
    '~',
    'true',
    'x',
    'y z',
    '\u{1f680}',
    '\u0085',
    '\u2028',
  ],
];

export const yamlishText = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...pieces), weight: 9 },
      fc.string({ maxLength: 4, unit: 'binary' }),
    ),
    {
      maxLength: 40,
    },
  )
  .map((parts) => parts.join(''));

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ maxLength: 12, unit: 'grapheme' }),
  fc.constantFrom<Json>(
    '',
    '8.2',
    '1',
    'true',
    'null',
    '~',
    '- a',
    '# b',
    'a: b',
    'a #b',
    "it's",
    'two\nlines',
    ' x ',
  ),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant<Json>(null),
);

const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }) as fc.Arbitrary<Json>,
    fc.dictionary(fc.string({ maxLength: 8 }), tie('tree'), { maxKeys: 4 }) as fc.Arbitrary<Json>,
  ),
}));

/** A mapping as the library prints it, in any of its styles. */
export const printedText = fc
  .record({
    value: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tree, { maxKeys: 5 }),
    indent: fc.integer({ min: 1, max: 4 }),
    indentSeq: fc.boolean(),
    collectionStyle: fc.constantFrom('any' as const, 'block' as const, 'flow' as const),
    defaultStringType: fc.constantFrom(
      ...(['PLAIN', 'QUOTE_SINGLE', 'QUOTE_DOUBLE', 'BLOCK_LITERAL', 'BLOCK_FOLDED'] as const),
    ),
    lineWidth: fc.constantFrom(0, 20, 80),
    marker: fc.boolean(),
  })
  .map(({ value, marker, ...options }) => {
    const text = stringify(value, { ...options, defaultKeyType: 'PLAIN' });
    return marker ? `---\n${text}` : text;
  });

const sound = Object.values(soundFleet);

/** Up to three small changes to a text: a byte replaced, a line duplicated or removed, a cut, an insertion. */
export function damaged(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const change = fc.record({
    how: fc.constantFrom('replace', 'insert', 'cut', 'truncate', 'double line', 'drop line', 'indent line'),
    where: fc.nat(),
    piece: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })),
  });
  return fc
    .tuple(texts, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) => changes.reduce(damage, text));
}

function damage(text: string, { how, where, piece }: { how: string; where: number; piece: string }): string {
  const at = text.length === 0 ? 0 : where % text.length;
  const lines = text.split('\n');
  const line = where % lines.length;
  switch (how) {
    case 'replace':
      return `${text.slice(0, at)}${piece}${text.slice(at + 1)}`;
    case 'insert':
      return `${text.slice(0, at)}${piece}${text.slice(at)}`;
    case 'cut':
      return `${text.slice(0, at)}${text.slice(at + 1 + (where % 7))}`;
    case 'truncate':
      return text.slice(0, at);
    case 'double line':
      return lines.toSpliced(line, 0, lines[line] ?? '').join('\n');
    case 'drop line':
      return lines.toSpliced(line, 1).join('\n');
    default:
      return lines.with(line, `${' '.repeat(1 + (where % 3))}${lines[line] ?? ''}`).join('\n');
  }
}

export const soundText = fc.oneof(
  fc.constantFrom(...sound),
  fc.array(fc.constantFrom(...sound), { minLength: 2, maxLength: 3 }).map((texts) => texts.join('---\n')),
);
