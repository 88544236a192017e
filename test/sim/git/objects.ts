import { hash } from 'node:crypto';
import type { CommitSha } from '../../../src/fleet/brand.ts';
import type { CommitInfo, CommitSignature, TreeFile } from '../../../src/ports/git-repository.ts';

export interface SimFile {
  readonly kind: TreeFile['kind'];
  readonly oid: string;
  /** The target of a link; null where there is nothing to read. */
  readonly content: string | null;
}

export interface SimTree {
  readonly kind: 'tree';
  readonly oid: string;
  readonly entries: ReadonlyMap<string, SimNode>;
  /** Cached lists by path prefix: unchanged trees are shared by many commits. */
  readonly lists: Map<string, readonly TreeFile[]>;
}

export type SimNode = SimFile | SimTree;

export interface SimCommit {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly tree: SimTree;
  readonly info: CommitInfo;
  readonly committedAtSeconds: number;
  readonly signature: CommitSignature;
  /** One more than the highest among the parents. */
  readonly generation: number;
}

export interface CommitFields {
  readonly parents: readonly SimCommit[];
  readonly tree: SimTree;
  readonly message: string;
  /** `Name <address>`. */
  readonly author: string;
  /** Wall clock in ms; commits count in seconds. */
  readonly atMs: number;
  /** Stands for a signature in simulated checks, e.g. the key that made it. */
  readonly signature?: string | undefined;
}

export function fileOf(content: string, kind: 'file' | 'symlink' = 'file'): SimFile {
  return { kind, oid: oidOf('blob', content), content };
}

export function treeOf(entries: ReadonlyMap<string, SimNode>): SimTree {
  const names = [...entries.keys()].sort();
  const lines = names.map((name) => {
    const node = entries.get(name);
    return `${node?.kind} ${node?.oid} ${name}\n`;
  });
  return { kind: 'tree', oid: oidOf('tree', lines.join('')), entries, lists: new Map() };
}

export const emptyTree = treeOf(new Map());

/** Equal content, parents, author, time and message give the same commit, as in Git. */
export function commitOf(fields: CommitFields): SimCommit {
  const { tree, author } = fields;
  const parents = fields.parents.map(({ sha }) => sha);
  const seconds = Math.floor(fields.atMs / 1000);
  const message = fields.message.endsWith('\n') ? fields.message : `${fields.message}\n`;
  const payload = [
    `tree ${tree.oid}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${author} ${seconds} +0000`,
    `committer ${author} ${seconds} +0000`,
    '',
    message,
  ].join('\n');
  const { signature } = fields;
  const sha = oidOf('commit', signature === undefined ? payload : `${signature}\n${payload}`) as CommitSha;
  return {
    sha,
    parents,
    tree,
    info: { sha, parents, message, author, committedAt: new Date(seconds * 1000).toISOString() },
    committedAtSeconds: seconds,
    signature:
      signature === undefined
        ? { kind: 'unsigned' }
        : { kind: 'signed', payload: Buffer.from(payload), signature },
    generation: 1 + Math.max(0, ...fields.parents.map((parent) => parent.generation)),
  };
}

/** The entry at a path; undefined if there is none. */
export function nodeAt(tree: SimTree, path: string): SimNode | undefined {
  let node: SimNode | undefined = tree;
  for (const part of path.split('/')) {
    if (part === '') continue;
    node = node?.kind === 'tree' ? node.entries.get(part) : undefined;
  }
  return node;
}

/** Every file at or below a path, sorted by path. */
export function filesBelow(root: SimTree, under = ''): readonly TreeFile[] {
  const path = under
    .split('/')
    .filter((part) => part !== '')
    .join('/');
  const node = nodeAt(root, path);
  if (node === undefined) return [];
  if (node.kind !== 'tree') return [{ path: under, oid: node.oid, kind: node.kind }];
  const known = node.lists.get(path);
  if (known !== undefined) return known;
  const files: TreeFile[] = [];
  flatten(node, path === '' ? '' : `${path}/`, files);
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  node.lists.set(path, files);
  return files;
}

function flatten(tree: SimTree, prefix: string, files: TreeFile[]): void {
  for (const [name, node] of tree.entries) {
    if (node.kind === 'tree') flatten(node, `${prefix}${name}/`, files);
    else files.push({ path: prefix + name, oid: node.oid, kind: node.kind });
  }
}

function oidOf(type: string, content: string): string {
  return hash('sha1', `${type} ${content}`);
}
