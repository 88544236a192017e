import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { moduleCache } from '../../../src/adapters/ansible/module-cache.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'pressluft-modules-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

it('keeps the modules of the present content, and removes those of another one', async () => {
  const one = await moduleCache(stateDir, `sha256:${'1'.repeat(64)}`);
  writeFileSync(join(one, 'copy'), 'x');
  expect(await moduleCache(stateDir, `sha256:${'1'.repeat(64)}`)).toBe(one);
  expect(existsSync(join(one, 'copy'))).toBe(true);
  const two = await moduleCache(stateDir, `sha256:${'2'.repeat(64)}`);
  expect([existsSync(one), existsSync(two)]).toEqual([false, true]);
});
