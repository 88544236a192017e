import { expect, it } from 'vitest';
import { judgeCode } from '../../src/doctor/judge-code.ts';

const at = '2026-11-30T08:00:00Z';
const intact = { intact: true, paths: [], at };

it('counts the environments whose code is as in its artifacts', () => {
  const found = new Map([
    ['acme', intact],
    ['shop', intact],
    ['retired', null],
  ]);
  expect(judgeCode(found)).toEqual({
    status: 'ok',
    message: 'the code of 2 environments is as in its artifacts',
  });
  expect(judgeCode(new Map([['acme', intact]])).message).toContain('1 environment is');
});

it('names the first files that differ, and the next step', () => {
  const paths = ['a.php', 'b.php', 'c.php', 'd.php', 'e.php', 'f.php'];
  const found = new Map([
    ['acme', { intact: false, paths, at }],
    ['shop', intact],
  ]);
  expect(judgeCode(found)).toEqual({
    status: 'warn',
    message: 'code differs from its artifacts: environment/acme: a.php, b.php, c.php, d.php, e.php, …',
    hint: expect.stringContaining('The next pass replaces it.'),
  });
});

it('says nothing of a node without a comparison', () => {
  expect(judgeCode(new Map([['acme', null]])).status).toBe('skip');
});
