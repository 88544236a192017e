import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { CommitSha } from '../../src/fleet/brand.ts';

export interface RawEntry {
  readonly mode: string;
  readonly name: string | Buffer;
  readonly oid: string;
}

type ObjectType = 'blob' | 'tree' | 'commit';

/** A bare repository whose objects are written byte by byte, so that they can be invalid for git. */
export interface RawRepository {
  readonly dir: string;
  object(type: ObjectType, content: Buffer | string): Promise<string>;
  tree(entries: readonly RawEntry[]): Promise<string>;
  /** A tree of files by path: text, or a raw entry. */
  files(files: Readonly<Record<string, string>>): Promise<readonly RawEntry[]>;
  /** Commits a tree on a branch. */
  commit(tree: string, branch?: string): Promise<CommitSha>;
}

export async function rawRepository(dir: string): Promise<RawRepository> {
  for (const folder of ['objects', 'refs/heads']) await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(dir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = true\n');

  async function object(type: ObjectType, content: Buffer | string): Promise<string> {
    const { oid, bytes } = rawObject(type, content);
    const file = join(dir, 'objects', oid.slice(0, 2), oid.slice(2));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, deflateSync(bytes, { level: 1 }));
    return oid;
  }

  const tips = new Map<string, string>();
  const tree = (entries: readonly RawEntry[]) => object('tree', treeContent(entries));
  return {
    dir,
    object,
    tree,
    files: (files) =>
      Promise.all(
        Object.entries(files).map(async ([name, text]) => ({
          mode: '100644',
          name,
          oid: await object('blob', text),
        })),
      ),
    async commit(root, branch = 'main') {
      const oid = await object('commit', commitContent(root, tips.get(branch)));
      tips.set(branch, oid);
      const file = join(dir, 'refs/heads', branch);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${oid}\n`);
      return oid as CommitSha;
    },
  };
}

export function rawObject(type: ObjectType, content: Buffer | string): { oid: string; bytes: Buffer } {
  const body = Buffer.from(content);
  const bytes = Buffer.concat([Buffer.from(`${type} ${body.length}\0`), body]);
  return { oid: createHash('sha1').update(bytes).digest('hex'), bytes };
}

export function treeContent(entries: readonly RawEntry[]): Buffer {
  return Buffer.concat(
    entries.map(({ mode, name, oid }) =>
      Buffer.concat([Buffer.from(`${mode} `), Buffer.from(name), Buffer.from([0]), Buffer.from(oid, 'hex')]),
    ),
  );
}

export function commitContent(tree: string, parent?: string): string {
  const who = 'Mallory <mallory@example.org> 1700000000 +0000';
  return `tree ${tree}\n${parent === undefined ? '' : `parent ${parent}\n`}author ${who}\ncommitter ${who}\n\nhostile\n`;
}
