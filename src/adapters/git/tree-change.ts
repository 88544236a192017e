import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { FileChanges } from '../../ports/git-repository.ts';
import type { ObjectWriter } from './object-writer.ts';
import { serializeTree, type TreeEntry } from './tree-object.ts';

interface ChangeNode {
  /** Change of the file of this name: new content, null to delete, undefined for no change. */
  content: string | null | undefined;
  readonly below: Map<string, ChangeNode>;
}

/**
 * Applies the changes to `tree` (null: empty), writes the resulting tree and returns its id. Directories that become empty are removed;
 * a file where a directory is needed, or the reverse, is replaced. Unchanged subtrees are not read.
 */
export async function changeTree(
  tree: string | null,
  changes: FileChanges,
  entriesOf: (oid: string) => Promise<readonly TreeEntry[]>,
  writer: ObjectWriter,
): Promise<string> {
  async function applyBelow(oid: string | null, node: ChangeNode): Promise<readonly TreeEntry[]> {
    const entries = new Map<string, TreeEntry>();
    const odd: TreeEntry[] = [];
    for (const entry of oid === null ? [] : await entriesOf(oid)) {
      if (entry.rawName === null) entries.set(entry.name, entry);
      else odd.push(entry);
    }
    for (const [name, change] of node.below) {
      const entry = await apply(name, entries.get(name), change);
      if (entry === undefined) entries.delete(name);
      else entries.set(name, entry);
    }
    return [...entries.values(), ...odd];
  }

  async function apply(
    name: string,
    old: TreeEntry | undefined,
    change: ChangeNode,
  ): Promise<TreeEntry | undefined> {
    const { content } = change;
    if (typeof content === 'string') {
      const mode = old?.mode === '100755' ? old.mode : '100644';
      return { name, rawName: null, mode, kind: 'file', oid: await writer.blob(content) };
    }
    if (old?.kind !== 'tree' && !hasContent(change)) return content === null ? undefined : old;
    const entries = await applyBelow(old?.kind === 'tree' ? old.oid : null, change);
    if (entries.length === 0) return undefined;
    return {
      name,
      rawName: null,
      mode: '40000',
      kind: 'tree',
      oid: await writer.tree(serializeTree(entries)),
    };
  }

  return await writer.tree(serializeTree(await applyBelow(tree, nest(changes))));
}

function nest(changes: FileChanges): ChangeNode {
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
    if (content !== null && isBelowContent(root, path)) {
      throw unusable(path, 'a directory above it is a file in the same commit');
    }
  }
  return root;
}

function isBelowContent(root: ChangeNode, path: string): boolean {
  const parts = path.split('/').slice(0, -1);
  let node: ChangeNode | undefined = root;
  return parts.some((part) => {
    node = node?.below.get(part);
    return typeof node?.content === 'string';
  });
}

function hasContent(node: ChangeNode): boolean {
  return typeof node.content === 'string' || [...node.below.values()].some(hasContent);
}

/** Whether a path component could mean something else in a checkout on some system. */
function isUnsafe(part: string): boolean {
  return part === '' || part === '.' || part === '..' || /^\.git$/i.test(part) || /[\p{Cc}\\]/u.test(part);
}

function unusable(path: string, reason: string): PressluftError {
  return new PressluftError(
    errors.gitFailed,
    `The path ${JSON.stringify(path.slice(0, 200))} cannot be committed: ${reason}`,
    {
      retry: { kind: 'never' },
    },
  );
}
