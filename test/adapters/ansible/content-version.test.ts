import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentVersion } from '../../../src/adapters/ansible/content-version.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pl-content-'));
  mkdirSync(join(root, 'roles'));
  writeFileSync(join(root, 'roles', 'a.yml'), 'a');
  writeFileSync(join(root, 'b.yml'), 'b');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('contentVersion', () => {
  it('depends on paths and contents, not on the location', async () => {
    const version = await contentVersion(root);
    expect(version).toMatch(/^sha256:[0-9a-f]{64}$/);
    writeFileSync(join(root, 'b.yml'), 'c');
    const changed = await contentVersion(root);
    writeFileSync(join(root, 'b.yml'), 'b');
    expect(await contentVersion(root)).toBe(version);
    rmSync(join(root, 'b.yml'));
    writeFileSync(join(root, 'c.yml'), 'b');
    const renamed = await contentVersion(root);
    expect(new Set([version, changed, renamed]).size).toBe(3);
  });

  it('ignores files that do not change a run', async () => {
    const version = await contentVersion(root);
    mkdirSync(join(root, '__pycache__'));
    writeFileSync(join(root, '__pycache__', 'a.cpython-311.pyc'), 'x');
    writeFileSync(join(root, 'README.md'), 'x');
    writeFileSync(join(root, '.ansible-lint'), 'x');
    expect(await contentVersion(root)).toBe(version);
  });
});
