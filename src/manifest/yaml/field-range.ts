import { isCollection, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { YamlDocument } from './compose.ts';

export interface FieldRange {
  readonly start: number;
  readonly end: number;
  /** How many keys of the path exist in the document. */
  readonly depth: number;
}

/**
 * Where a field of a document is written: its name or its value, or else its nearest parent that exists. A mapping over several
 * lines is marked at its name. Aliases are not followed: the alias itself is marked.
 */
export function fieldRange(document: YamlDocument, path: readonly string[], at: 'key' | 'value'): FieldRange {
  let node: Node | null = document.contents;
  let key: Node | null = null;
  let depth = 0;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = lastPair(node.items, segment);
      if (pair === undefined) break;
      key = pair.key as Node;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const item = node.items[Number(segment)] as Node | undefined;
      if (item === undefined) break;
      key = null;
      node = item;
    } else {
      break;
    }
    depth++;
  }
  const marked = at === 'key' || depth < path.length || !fitsALine(node) ? (key ?? firstKey(node)) : node;
  const [start, end] = marked?.range ?? node?.range ?? document.range;
  return { start, end, depth };
}

/** The last one: the value of a duplicate key is that of its last occurrence. */
function lastPair(items: readonly Pair[], segment: string): Pair | undefined {
  return items.findLast((pair) => isScalar(pair.key) && String(pair.key.value) === segment);
}

function fitsALine(node: Node | null): boolean {
  if (node?.range == null) return false;
  if (isCollection(node)) return node.flow === true;
  return node.range[1] > node.range[0];
}

function firstKey(node: Node | null): Node | null {
  if (isMap(node) && node.flow !== true) return (node.items[0]?.key as Node | undefined) ?? node;
  return node;
}
