import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ObjectWriter } from '../../../src/adapters/git/object-writer.ts';
import { changeTree } from '../../../src/adapters/git/tree-change.ts';
import { parseTree, type TreeEntry } from '../../../src/adapters/git/tree-object.ts';
import { errors } from '../../../src/fleet/error-catalogue.ts';

/** An object store in memory, with the ids that git gives. */
function memoryStore() {
  const objects = new Map<string, Buffer>();
  const put = (type: string, content: Buffer) => {
    const oid = createHash('sha1').update(`${type} ${content.length}\0`).update(content).digest('hex');
    objects.set(oid, content);
    return oid;
  };
  const writer: ObjectWriter = {
    blob: async (content) => put('blob', Buffer.from(content)),
    tree: async (content) => put('tree', content),
    commit: async () => '',
  };
  const entries = async (oid: string): Promise<readonly TreeEntry[]> =>
    parseTree(oid, objects.get(oid) ?? Buffer.alloc(0));
  async function flatten(oid: string, prefix = ''): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const entry of await entries(oid)) {
      if (entry.kind !== 'tree') files.set(prefix + entry.name, objects.get(entry.oid)?.toString() ?? '');
      else {
        const below = await flatten(entry.oid, `${prefix}${entry.name}/`);
        expect(below.size).toBeGreaterThan(0);
        for (const [path, content] of below) files.set(path, content);
      }
    }
    return files;
  }
  return { writer, entries, flatten };
}

describe('changing a tree', () => {
  it('applies the changes, and leaves no empty directory', async () => {
    const part = fc.constantFrom('a', 'b', 'c.yaml');
    const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const changes = fc.array(fc.tuple(path, fc.option(fc.constantFrom('1', '2'))), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(changes, { maxLength: 4 }), async (rounds) => {
        const { writer, entries, flatten } = memoryStore();
        let tree: string | null = null;
        let model = new Map<string, string>();
        for (const round of rounds) {
          const wanted = new Map(round);
          const written = [...wanted].filter(([, content]) => content !== null).map(([name]) => name);
          if (written.some((name) => written.some((other) => other.startsWith(`${name}/`)))) continue;
          tree = await changeTree(tree, wanted, entries, writer);
          model = applyToModel(model, wanted);
          expect(sorted(await flatten(tree))).toEqual(sorted(model));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives the same tree for any order of the changes', async () => {
    const { writer, entries } = memoryStore();
    const pairs: [string, string][] = [
      ['b/x', '1'],
      ['a', '2'],
      ['b/y/z', '3'],
      ['b.c', '4'],
    ];
    const one = await changeTree(null, new Map(pairs), entries, writer);
    const other = await changeTree(null, new Map([...pairs].reverse()), entries, writer);
    expect(one).toBe(other);
  });

  it.each(['../x', '/x', 'a//b', '.', 'a/..', '.git/config', 'a/.GIT/x', 'a\nb', 'a\\b', ''])(
    'refuses the path %j',
    async (path) => {
      const { writer, entries } = memoryStore();
      await expect(changeTree(null, new Map([[path, 'x']]), entries, writer)).rejects.toMatchObject({
        code: errors.gitFailed,
      });
    },
  );

  it('refuses a file and a file below it in one commit', async () => {
    const { writer, entries } = memoryStore();
    for (const paths of [
      ['a', 'a/b'],
      ['a/b', 'a'],
    ]) {
      const changes = new Map(paths.map((path) => [path, 'x']));
      await expect(changeTree(null, changes, entries, writer)).rejects.toMatchObject({
        code: errors.gitFailed,
      });
    }
  });
});

function applyToModel(
  model: ReadonlyMap<string, string>,
  changes: ReadonlyMap<string, string | null>,
): Map<string, string> {
  const next = new Map(model);
  for (const [path, content] of changes) if (content === null) next.delete(path);
  for (const [path, content] of changes) {
    if (content === null) continue;
    for (const other of [...next.keys()]) {
      if (other.startsWith(`${path}/`) || path.startsWith(`${other}/`)) next.delete(other);
    }
    next.set(path, content);
  }
  return next;
}

const sorted = (files: ReadonlyMap<string, string>) => [...files].sort(([a], [b]) => (a < b ? -1 : 1));
