import { errors } from '../../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../../src/fleet/errors.ts';
import { emptyTree, fileOf, type SimFile, type SimNode, type SimTree, treeOf } from './objects.ts';

/** New content of a path: text or another kind of entry, or null when it is deleted. */
export type SimChanges = ReadonlyMap<string, string | SimFile | null>;

interface ChangeNode {
  content: string | SimFile | null | undefined;
  readonly below: Map<string, ChangeNode>;
}

/** The changed tree, by the rules of `src/adapters/git/tree-change.ts`; unchanged parts are shared. */
export function changeSimTree(tree: SimTree, changes: SimChanges): SimTree {
  return applyBelow(tree, nest(changes));
}

function applyBelow(tree: SimTree, node: ChangeNode): SimTree {
  const entries = new Map(tree.entries);
  for (const [name, change] of node.below) {
    const entry = apply(entries.get(name), change);
    if (entry === undefined) entries.delete(name);
    else entries.set(name, entry);
  }
  return treeOf(entries);
}

function apply(old: SimNode | undefined, change: ChangeNode): SimNode | undefined {
  const { content } = change;
  if (typeof content === 'string') return fileOf(content);
  if (content !== null && content !== undefined) return content;
  if (old?.kind !== 'tree' && !hasContent(change)) return content === null ? undefined : old;
  const tree = applyBelow(old?.kind === 'tree' ? old : emptyTree, change);
  return tree.entries.size === 0 ? undefined : tree;
}

function nest(changes: SimChanges): ChangeNode {
  const root: ChangeNode = { content: undefined, below: new Map() };
  for (const [path, content] of changes) {
    let node = root;
    for (const part of path.split('/')) {
      if (isUnsafe(part)) throw unusable(path, 'it is not a plain relative path');
      const next = node.below.get(part) ?? { content: undefined, below: new Map() };
      node.below.set(part, next);
      node = next;
    }
    node.content = content;
  }
  for (const [path, content] of changes) {
    if (content !== null && isBelowContent(root, path))
      throw unusable(path, 'a directory above it is a file in the same commit');
  }
  return root;
}

function isBelowContent(root: ChangeNode, path: string): boolean {
  let node: ChangeNode | undefined = root;
  return path
    .split('/')
    .slice(0, -1)
    .some((part) => {
      node = node?.below.get(part);
      return isContent(node?.content);
    });
}

function hasContent(node: ChangeNode): boolean {
  return isContent(node.content) || [...node.below.values()].some(hasContent);
}

function isContent(content: ChangeNode['content']): boolean {
  return content !== null && content !== undefined;
}

function isUnsafe(part: string): boolean {
  return part === '' || part === '.' || part === '..' || /^\.git$/i.test(part) || /[\p{Cc}\\]/u.test(part);
}

function unusable(path: string, reason: string): PressluftError {
  return new PressluftError(
    errors.gitFailed,
    `The path ${JSON.stringify(path)} cannot be committed: ${reason}`,
    {
      retry: { kind: 'never' },
    },
  );
}
