import { describe, expect, it } from 'vitest';
import { type Paint, renderReport } from '../../src/doctor/render-report.ts';
import { reportOf } from '../../src/doctor/report.ts';

const plain = (text: string) => text;
const noPaint: Paint = { ok: plain, warn: plain, fail: plain, skip: plain, dim: plain };

describe('the text of a doctor’s report', () => {
  it('aligns checks, puts hints below them and sums up', () => {
    const report = reportOf([
      { id: 'git', status: 'ok', message: 'git 2.39.5', durationMs: 3 },
      { id: 'state-directory', status: 'warn', message: '/x is open', hint: 'chmod 700 /x', durationMs: 1 },
      { id: 'ansible', status: 'fail', message: 'missing', hint: 'Install it.', durationMs: 1 },
      { id: 'lab', status: 'skip', message: 'not here', durationMs: 1 },
    ]);
    expect(renderReport(report, noPaint)).toBe(
      [
        '✓ ok    git              git 2.39.5',
        '! warn  state-directory  /x is open',
        '                         chmod 700 /x',
        '✗ fail  ansible          missing',
        '                         Install it.',
        '– skip  lab              not here',
        '',
        '1 ok, 1 to check, 1 failed, 1 skipped.',
        '',
      ].join('\n'),
    );
  });

  it('lets no control character of a quoted message through', () => {
    const message = '\u001b]0;evil\u0007 \u001b[2Jgone\r\nnext';
    const text = renderReport(
      reportOf([{ id: 'git', status: 'fail', message, hint: message, durationMs: 1 }]),
      noPaint,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must be absent
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text.trimEnd().split('\n')).toHaveLength(4);
  });

  it('lets nothing of a quoted message change how other text is shown', () => {
    // Bidirectional controls reorder what follows; the others are invisible or end a line.
    const controls = ['\u202e', '\u2066', '\u200b', '\u200f', '\u2028', '\ufeff', '\u009b', '\ud800'];
    for (const control of controls) {
      const message = `before${control}after`;
      const report = reportOf([{ id: 'git', status: 'fail', message, hint: message, durationMs: 1 }]);
      expect(renderReport(report, noPaint)).not.toContain(control);
    }
  });
});
