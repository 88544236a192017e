import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { guardTheWorld, ReachedOut } from './guard.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pressluft-guard-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** A function in a file of a folder. */
async function codeIn(folder: string, body: string): Promise<() => unknown> {
  mkdirSync(join(root, folder), { recursive: true });
  const file = join(root, folder, 'code.mjs');
  writeFileSync(file, `export const code = () => ${body};\n`);
  const loaded = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as { code: () => unknown };
  return loaded.code;
}

test.each([
  'Date.now()',
  'new Date()',
  'Math.random()',
  'performance.now()',
  'crypto.randomUUID()',
  'setTimeout(() => undefined, 1)',
  'setImmediate(() => undefined)',
  "fetch('http://127.0.0.1:1/')",
  'AbortSignal.timeout(1)',
])('%s throws in the code under test, and works elsewhere', async (body) => {
  const [inside, outside] = [await codeIn('src/reconcile', body), await codeIn('test/reconcile', body)];
  const { release, reached } = guardTheWorld();
  try {
    expect(inside).toThrow(ReachedOut);
    expect(reached).toHaveLength(1);
    const value = outside();
    if (value instanceof Promise) await value.catch(() => undefined);
    expect(reached).toHaveLength(1);
  } finally {
    release();
  }
  expect(typeof Date.now()).toBe('number');
});

test('a given time is a date for all code', async () => {
  const inside = await codeIn('src/record', 'new Date(0).toISOString()');
  const { release } = guardTheWorld();
  expect(inside()).toBe('1970-01-01T00:00:00.000Z');
  release();
});
