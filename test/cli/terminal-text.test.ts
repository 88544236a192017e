import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTerminalText } from '../../src/cli/terminal-text.ts';

const esc = '\u001b';

function shown(...chunks: readonly (string | Uint8Array)[]): string {
  const text = createTerminalText();
  return chunks.map((chunk) => text.push(chunk)).join('') + text.end();
}

it('keeps text, tabs, line ends and plain colours, and ends a colour', () => {
  expect(shown('name\tstatus\nüñï 🎉\r\n')).toBe('name\tstatus\nüñï 🎉\n');
  expect(shown(`${esc}[32;1mSuccess:${esc}[0m done`)).toBe(`${esc}[32;1mSuccess:${esc}[0m done${esc}[0m`);
  expect(shown(`${esc}[mplain`)).toBe(`${esc}[mplain${esc}[0m`);
});

it.each([
  ['the clipboard', `${esc}]52;c;ZXZpbA==\u0007`, '␛]52;c;ZXZpbA==␇'],
  ['the title', `${esc}]0;evil${esc}\\`, '␛]0;evil␛\\'],
  ['the cursor', `a${esc}[2A${esc}[2K`, 'a␛[2A␛[2K'],
  ['what the terminal answers', `${esc}[6n${esc}[c`, '␛[6n␛[c'],
  ['a line that was written before', 'failed\rpassed', 'failed␍passed'],
  ['a character that was written before', 'a\bb', 'a␈b'],
  ['concealed text', `${esc}[8mhidden`, '␛[8mhidden'],
  ['black text', `${esc}[30mhidden`, '␛[30mhidden'],
  ['a background', `${esc}[47;37mhidden`, '␛[47;37mhidden'],
  ['control sequences of one byte', '\u009b2J\u009d', '\ufffd2J\ufffd'],
  ['the direction of text', 'a\u202eb', 'a\ufffdb'],
  ['the end of the output', `x${esc}[`, 'x␛['],
])('shows instead of obeying what changes %s', (_, text, expected) => {
  expect(shown(text)).toBe(expected);
});

it('is the same however the bytes are cut', () => {
  const piece = fc.constantFrom(
    `${esc}[31m`,
    `${esc}[`,
    `${esc}]52;`,
    '\r\n',
    '\r',
    'ü🎉',
    'text',
    '\t',
    '\u0007',
    ';1m',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(60), { maxLength: 5 }),
      (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const sorted = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
        expect(shown(...chunks)).toBe(shown(bytes));
      },
    ),
  );
});

it('lets no control character through but line ends, tabs and those of colours', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const left = shown(bytes).replaceAll(new RegExp(`${esc}\\[[\\d;]*m|[\\n\\t]`, 'g'), '');
      expect(left).toMatch(/^\P{Cc}*$/u);
    }),
  );
});
