import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../../src/adapters/log/create-log.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';

const canary = 'canary-secret';

function capture(options: { readonly isTTY?: boolean; readonly level?: 'debug' | 'info' } = {}) {
  const lines: string[] = [];
  const log = createLog({
    level: options.level ?? 'info',
    destination: { write: (text) => lines.push(text), isTTY: options.isTTY === true },
    secrets: { redact: (text) => text.replaceAll(canary, '[redacted]') },
  });
  const last = () => JSON.parse(lines.at(-1) ?? 'null') as Record<string, unknown>;
  return { log, lines, last };
}

describe('createLog', () => {
  it('writes one JSON line with level, time, fields and the constant message', () => {
    const { log, lines, last } = capture();
    log.info({ nodes: 2 }, 'pass %s %d ended');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('}\n')).toBe(true);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      nodes: 2,
      msg: 'pass %s %d ended',
    });
  });

  it('carries the fields of a child through', () => {
    const { log, last } = capture();
    log.child({ pass: 1 }).child({ run: canary }).warn({ resource: 'node/a' }, 'm');
    expect(last()).toMatchObject({ level: 'warn', pass: 1, run: '[redacted]', resource: 'node/a' });
  });

  it('leaves out what is below the level', () => {
    const { log, lines } = capture();
    log.debug({}, 'no');
    expect(lines).toEqual([]);
  });

  it('redacts every string: keys, nested values, errors and their causes', () => {
    const { log, lines } = capture();
    const cause = new Error(`cause ${canary}`, { cause: { text: canary } });
    const error = new PressluftError(errors.nodeUnreachable, `lost ${canary}`, {
      hint: canary,
      cause,
      details: { a: canary },
    });
    log.error(
      { [canary]: 1, deep: [{ a: new Map([[canary, new Set([canary])]]) }], error, plain: cause },
      'm',
    );
    expect(lines.join('')).not.toContain(canary);
  });

  it('writes an error as code, message and hint with a bounded chain of causes', () => {
    const { log, last } = capture();
    let error: Error = new Error('root');
    for (let depth = 0; depth < 20; depth += 1)
      error = new PressluftError(errors.nodeUnreachable, `at ${depth}`, { hint: 'h', cause: error });
    log.error({ error }, 'm');
    expect(last().error).toMatchObject({
      code: errors.nodeUnreachable,
      message: 'at 19',
      hint: 'h',
      cause: { message: 'at 18' },
    });
    expect(JSON.stringify(last()).match(/"at \d+"/g)).toHaveLength(6);
  });

  it('keeps the stack of an error that nobody expected', () => {
    const { log, last } = capture();
    log.error({ error: new TypeError('bug') }, 'm');
    expect(last().error).toMatchObject({
      name: 'TypeError',
      message: 'bug',
      stack: expect.stringContaining('create-log.test'),
    });
  });

  it('bounds size and depth, and survives cycles and odd values', () => {
    const { log, lines, last } = capture();
    const cycle: Record<string, unknown> = {
      big: 10n,
      nan: Number.NaN,
      bytes: Buffer.from(canary),
      fn: () => 1,
      bad: new Date(Number.NaN),
    };
    cycle.self = cycle;
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, index]));
    log.info(
      { long: 'x'.repeat(3_000_000), many: Array.from({ length: 5000 }, () => 'y'), cycle, wide },
      'm',
    );
    expect(lines.join('').length).toBeLessThan(20_000);
    expect(last().cycle).toMatchObject({
      big: '10',
      nan: 'NaN',
      bytes: '[13 bytes]',
      fn: '[function]',
      bad: 'Invalid Date',
    });
  });

  it('does not let a cut hide a secret from redaction', () => {
    const { log, lines } = capture();
    log.info({ text: `${'x'.repeat(8187)}${canary}` }, 'm');
    expect(lines.join('')).not.toContain('canary');
  });

  it('writes for people on a terminal, and never a control character from a field', () => {
    const { log, lines } = capture({ isTTY: true });
    log.warn({ node: 'web-1', text: '\u001b[31mred\u001b[0m \u0007 \u009b31m' }, 'the node is slow');
    const visible = stripVTControlCharacters(lines.join(''));
    expect(visible).toMatch(/^\d\d:\d\d:\d\d warn {2}the node is slow node=web-1 text="red/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(visible).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });
});
