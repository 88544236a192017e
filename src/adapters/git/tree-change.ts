import { PressluftError } from '../../fleet/errors.ts';
import type { FileChanges } from '../../ports/git-repository.ts';
import type { ObjectWriter } from './object-writer.ts';
import { serializeTree, type TreeEntry } from './tree-object.ts';

/** A directory of changes: content for a file, null to delete, a map for what is below. */
type ChangeNode = Map<string, ChangeNode | string | null>;

/**
 * Writes the tree that `tree` (null: empty) becomes by the changes and returns its id. Directories that become empty vanish; a file
 * where a directory is needed, or the other way round, is replaced. What is not changed is not read.
 */
export async function changeTree(
  tree: string | null,
  changes: FileChanges,
  entriesOf: (oid: string) => Promise<readonly TreeEntry[]>,
  writer: ObjectWriter,
): Promise<string> {
  async function apply(oid: string | null, node: ChangeNode): Promise<readonly TreeEntry[]> {
    const entries = new Map<string, TreeEntry>();
    const odd: TreeEntry[] = [];
    for (const entry of oid === null ? [] : await entriesOf(oid)) {
      if (entry.rawName === null) entries.set(entry.name, entry);
      else odd.push(entry);
    }
    for (const [name, change] of node) {
      const old = entries.get(name);
      if (change === null) {
        if (old?.kind !== 'tree') entries.delete(name);
      } else if (typeof change === 'string') {
        const mode = old?.mode === '100755' ? old.mode : '100644';
        entries.set(name, { name, rawName: null, mode, kind: 'file', oid: await writer.blob(change) });
      } else {
        const below = await apply(old?.kind === 'tree' ? old.oid : null, change);
        if (below.length > 0) {
          const written = await writer.tree(serializeTree(below));
          entries.set(name, { name, rawName: null, mode: '40000', kind: 'tree', oid: written });
        } else if (old?.kind === 'tree') {
          entries.delete(name);
        }
      }
    }
    return [...entries.values(), ...odd];
  }
  return await writer.tree(serializeTree(await apply(tree, nest(changes))));
}

function nest(changes: FileChanges): ChangeNode {
  const root: ChangeNode = new Map();
  // Deletions first: a file may be deleted and a directory of its name made in the same commit.
  const ordered = [...changes].sort(([, a], [, b]) => Number(a !== null) - Number(b !== null));
  for (const [path, content] of ordered) {
    const parts = path.split('/');
    if (parts.some(isUnsafe)) throw unusable(path, 'it is not a plain relative path');
    const name = parts.pop() ?? '';
    let node = root;
    for (const part of parts) {
      const next = node.get(part);
      if (typeof next === 'string') throw unusable(path, `${part} is a file in the same commit`);
      const below: ChangeNode = next ?? new Map();
      node.set(part, below);
      node = below;
    }
    const old = node.get(name);
    if (old instanceof Map) {
      if (content !== null && hasContent(old)) throw unusable(path, 'it is a directory in the same commit');
      if (content === null) continue;
    }
    node.set(name, content);
  }
  return root;
}

function hasContent(node: ChangeNode): boolean {
  return [...node.values()].some((below) => (below instanceof Map ? hasContent(below) : below !== null));
}

/** What no checkout on any system could take for something else. */
function isUnsafe(part: string): boolean {
  return part === '' || part === '.' || part === '..' || /^\.git$/i.test(part) || /[\p{Cc}\\]/u.test(part);
}

function unusable(path: string, reason: string): PressluftError {
  return new PressluftError(
    'PL3009',
    `The path ${JSON.stringify(path.slice(0, 200))} cannot be committed: ${reason}`,
    {
      retry: { kind: 'never' },
    },
  );
}
