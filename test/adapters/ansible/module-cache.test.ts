import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { moduleCache } from '../../../src/adapters/ansible/module-cache.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'pressluft-modules-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const version = (digit: string) => `sha256:${digit.repeat(64)}`;

it('keeps the modules of the present content, and removes those of another one', async () => {
  const one = await moduleCache(stateDir, version('1'), undefined);
  writeFileSync(join(one, 'copy'), 'x');
  expect(await moduleCache(stateDir, version('1'), undefined)).toBe(one);
  expect(existsSync(join(one, 'copy'))).toBe(true);
  const two = await moduleCache(stateDir, version('2'), undefined);
  expect([existsSync(one), existsSync(two)]).toEqual([false, true]);
});

it('removes nothing from a directory that controllers share', async () => {
  const shared = join(stateDir, 'shared');
  const one = await moduleCache(stateDir, version('1'), shared);
  const two = await moduleCache(stateDir, version('2'), shared);
  expect([one, two].map((path) => [path.startsWith(shared), existsSync(path)])).toEqual([
    [true, true],
    [true, true],
  ]);
});
