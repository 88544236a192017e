import { expect, test } from 'vitest';
import { excerptAt } from '../../src/manifest/diagnostics/source-position.ts';

/** The excerpt of `text` for the part of it that reads `marked`. */
const excerptOf = (text: string, marked: string) => {
  const start = text.indexOf(marked);
  return excerptAt(text, start, start + marked.length).split('\n');
};

test('carets stand below what they mark, whatever its characters take on a terminal', () => {
  expect(excerptOf('title: "日本語" wrong', 'wrong')).toEqual([
    'title: "日本語" wrong',
    '                ^^^^^',
  ]);
  expect(excerptOf('title: 日本語', '日本語')).toEqual(['title: 日本語', '       ^^^^^^']);
  expect(excerptOf('re\u0301sume\u0301: no', 'no')).toEqual(['re\u0301sume\u0301: no', '        ^^']);
  expect(excerptOf('a: 👍 no', 'no')).toEqual(['a: 👍 no', '      ^^']);
});

test('carets stand below what they mark beside masked values and stand-ins for control characters', () => {
  expect(excerptOf('{ password: geheim, x: y }', 'x')).toEqual([
    '{ password: ******, x: y }',
    '                    ^',
  ]);
  expect(excerptOf('a:\t\u0007x', 'x')).toEqual(['a: ␇x', '    ^']);
});
