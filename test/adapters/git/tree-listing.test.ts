import { describe, expect, it } from 'vitest';
import type { ObjectReader } from '../../../src/adapters/git/object-reader.ts';
import { createTreeListing } from '../../../src/adapters/git/tree-listing.ts';
import { serializeTree, type TreeEntry } from '../../../src/adapters/git/tree-object.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

const id = (digit: number) => digit.toString(16).repeat(40).slice(0, 40);
const file = (name: string, digit: number): TreeEntry => ({
  name,
  rawName: null,
  mode: '100644',
  kind: 'file',
  oid: id(digit),
});
const folder = (name: string, digit: number): TreeEntry => ({
  name,
  rawName: null,
  mode: '40000',
  kind: 'tree',
  oid: id(digit),
});

function memoryReader(
  trees: ReadonlyMap<string, readonly TreeEntry[]>,
): ObjectReader & { readonly reads: string[] } {
  const reads: string[] = [];
  return {
    reads,
    async read(oid) {
      reads.push(oid);
      const entries = trees.get(oid);
      return entries === undefined ? null : { type: 'tree', content: serializeTree(entries) };
    },
    close: () => undefined,
  };
}

describe('listing a tree', () => {
  const trees = new Map([
    [id(1), [folder('a', 2), folder('b', 3), file('z.yaml', 9)]],
    [id(2), [file('1.yaml', 9)]],
    [id(3), [file('2.yaml', 9)]],
    [id(4), [folder('a', 2), folder('b', 5), file('z.yaml', 9)]],
    [id(5), [file('3.yaml', 9)]],
  ]);

  it('reads only the subtrees that changed since the last one', async () => {
    const reader = memoryReader(trees);
    const listing = createTreeListing(reader, () => undefined);
    expect((await listing.list(id(1))).map(({ path }) => path)).toEqual(['a/1.yaml', 'b/2.yaml', 'z.yaml']);
    expect(reader.reads.splice(0)).toEqual([id(1), id(2), id(3)]);
    expect((await listing.list(id(4))).map(({ path }) => path)).toEqual(['a/1.yaml', 'b/3.yaml', 'z.yaml']);
    expect(reader.reads.splice(0)).toEqual([id(4), id(5)]);
    await listing.list(id(1));
    await listing.list(id(4), 'b');
    expect(reader.reads).toEqual([]);
  });

  it('reads a subtree that occurs several times only once', async () => {
    const reader = memoryReader(
      new Map([
        [id(1), [folder('a', 2), folder('b', 2)]],
        [id(2), [file('x', 9)]],
      ]),
    );
    const listing = createTreeListing(reader, () => undefined);
    expect((await listing.list(id(1))).map(({ path }) => path)).toEqual(['a/x', 'b/x']);
    expect(reader.reads).toEqual([id(1), id(2)]);
  });

  it('throws PL3008 and tells the clone when a subtree is missing', async () => {
    let missing = 0;
    const listing = createTreeListing(memoryReader(new Map([[id(1), [folder('a', 2)]]])), () => {
      missing += 1;
    });
    await expect(listing.list(id(1))).rejects.toMatchObject({ code: errors.cloneIncomplete });
    expect(missing).toBe(1);
  });

  it('refuses deeply nested directories that contain only directories', async () => {
    const bomb = new Map<string, readonly TreeEntry[]>();
    const level = (depth: number) => depth.toString(16).padStart(40, '0');
    for (let depth = 0; depth < 30; depth += 1) {
      bomb.set(
        level(depth),
        ['a', 'b', 'c'].map((name) => ({ ...folder(name, 0), oid: level(depth + 1) })),
      );
    }
    bomb.set(level(30), []);
    const listing = createTreeListing(memoryReader(bomb), () => undefined);
    await expect(listing.list(level(0))).rejects.toMatchObject({ code: errors.cloneIncomplete });
  });
});
