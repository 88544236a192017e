import { expect, test } from 'vitest';
import { excerptAt } from '../../src/manifest/diagnostics/source-position.ts';

/** The excerpt of `text` for its part `marked`. */
const excerptOf = (text: string, marked: string) => {
  const start = text.indexOf(marked);
  return excerptAt(text, start, start + marked.length).split('\n');
};

test('carets are below the marked text, for characters of any width on a terminal', () => {
  expect(excerptOf('title: "日本語" wrong', 'wrong')).toEqual([
    'title: "日本語" wrong',
    '                ^^^^^',
  ]);
  expect(excerptOf('title: 日本語', '日本語')).toEqual(['title: 日本語', '       ^^^^^^']);
  expect(excerptOf('re\u0301sume\u0301: no', 'no')).toEqual(['re\u0301sume\u0301: no', '        ^^']);
  expect(excerptOf('a: 👍 no', 'no')).toEqual(['a: 👍 no', '      ^^']);
});

test('carets are below the marked text beside masked values and replaced control characters', () => {
  expect(excerptOf('{ password: geheim, x: y }', 'x')).toEqual([
    '{ password: ******, x: y }',
    '                    ^',
  ]);
  expect(excerptOf('a:\t\u0007x', 'x')).toEqual(['a: ␇x', '    ^']);
});
