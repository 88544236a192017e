import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createObjectWriter } from '../../../src/adapters/git/object-writer.ts';

interface Write {
  readonly name: string;
  readonly flush: boolean;
}

const writes = vi.hoisted((): Write[] => []);
vi.mock('node:fs/promises', async (original) => {
  const files = await original<typeof import('node:fs/promises')>();
  const writeFile: typeof files.writeFile = (path, data, options) => {
    const flush = typeof options === 'object' && options !== null && options.flush === true;
    writes.push({ name: basename(String(path)), flush });
    return files.writeFile(path, data, options);
  };
  return { ...files, writeFile };
});

const dirs: string[] = [];
afterEach(async () => {
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true });
});

it('flushes every object before the rename, because an existing object is never written again', async () => {
  const { mkdir } = await import('node:fs/promises');
  const dir = await mkdtemp(join(tmpdir(), 'pressluft-objects-'));
  dirs.push(dir);
  await mkdir(join(dir, 'objects'));
  const writer = createObjectWriter(dir);
  const tree = await writer.tree(Buffer.alloc(0));
  await writer.blob('content');
  await writer.commit({
    tree,
    parent: null,
    message: 'm',
    author: { name: 'A', email: 'a@b', timestamp: 0 },
  });
  expect(writes.map(({ flush }) => flush)).toEqual([true, true, true]);
  expect(writes.every(({ name }) => name.startsWith('tmp_obj_'))).toBe(true);
});
