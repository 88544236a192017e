import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { cutToWidth, padToWidth, startOf, widthOf } from '../../src/fleet/text-width.ts';

describe('the width of a text', () => {
  test.each([
    ['abc', 3],
    ['→ ✓ … ·', 7],
    ['日本語', 6],
    ['ｆｕｌｌ', 8],
    ['한국어', 6],
    ['e\u0301te\u0301', 3],
    ['👩‍👩‍👧 family', 9],
    ['🇩🇪', 2],
    ['\u001b[31mred\u001b[39m', 3],
    ['\u001b[1;31m赤\u001b[0m', 2],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => expect(widthOf(text)).toBe(columns));

  test('agrees with the library, also when the library is not used', () => {
    const near = fc.integer({ min: 0x20, max: 0x2bff }).filter((code) => code < 0x7f || code > 0x9f);
    const unit = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      near.map((code) => String.fromCodePoint(code)),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (parts) => {
        expect(widthOf(parts.join(''))).toBe(stringWidth(parts.join('')));
      }),
      { numRuns: 2000 },
    );
    for (let code = 0xa0; code < 0x1_0000; code++) {
      const character = String.fromCharCode(code);
      if (widthOf(character) !== stringWidth(character)) expect.fail(`U+${code.toString(16)}`);
    }
  });
});

describe('a truncated text', () => {
  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['日本語', 6, '日本語'],
    ['日本語', 5, '日本…'],
    // The second one would end in the column of the ellipsis.
    ['日本語', 4, '日…'],
    ['e\u0301te\u0301s', 3, 'e\u0301t…'],
    ['👩‍👩‍👧👩‍👩‍👧', 3, '👩‍👩‍👧…'],
  ])('%j in %i columns is %j', (text, columns, cut) => expect(cutToWidth(text, columns)).toBe(cut));

  test('never exceeds its width, and begins like the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, columns) => {
        const start = startOf(text, columns);
        expect(text.startsWith(start)).toBe(true);
        expect(widthOf(start)).toBeLessThanOrEqual(columns);
        expect(widthOf(cutToWidth(text, columns + 1))).toBeLessThanOrEqual(columns + 1);
      }),
    );
  });
});

test('a text is padded by its width, not by its length', () => {
  expect(padToWidth('日本', 6)).toBe('日本  ');
  expect(padToWidth('e\u0301', 3)).toBe('e\u0301  ');
  expect(padToWidth('longer', 3)).toBe('longer');
});
