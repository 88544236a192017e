import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../src/adapters/git/redact.ts';

describe('text from git or a server', () => {
  it('loses the credentials of URLs, known secrets in every form, and control characters', () => {
    const redactor = createRedactor();
    redactor.add('ann', 'p@ss/word');
    const text = redactor.text(
      `fatal: https://ann:other@host/x \u001b[31mred\u001b[0m p@ss/word p%40ss%2Fword ${Buffer.from('ann:p@ss/word').toString('base64')}\u0007`,
    );
    expect(text).toBe('fatal: https://host/x red [redacted] [redacted] [redacted]');
  });

  it('contains no secret that the removal of control characters has joined', () => {
    const redactor = createRedactor();
    redactor.add('ann', 'hunter22secret');
    for (const odd of ['\r', '\u0000', '\u009b', '\u001b[0m']) {
      expect(redactor.text(`remote: hunter22${odd}secret`)).toBe('remote: [redacted]');
      expect(redactor.text(`https://ann:${odd}other@host/`)).toBe('https://host/');
    }
  });

  it('is not garbled by a secret that is too short', () => {
    const redactor = createRedactor();
    redactor.add('ann', 'a');
    expect(redactor.text('a fatal error')).toBe('a fatal error');
  });
});
