import type { CommitSha } from '../../fleet/brand.ts';
import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { TreeFile } from '../../ports/git-repository.ts';
import type { ObjectReader } from './object-reader.ts';
import { parseTree, type TreeEntry } from './tree-object.ts';

export interface TreeListing {
  /** Every file at or below `under` in a tree, sorted by path. */
  list(treeOid: string, under?: string): Promise<readonly TreeFile[]>;
  /** Entries of one tree. Throws PL3008 when it is missing or damaged. */
  entries(treeOid: string): Promise<readonly TreeEntry[]>;
  /** The id of the tree of a commit. Throws PL3008 when there is no such commit. */
  treeOf(commit: CommitSha): Promise<string>;
}

/** At most about 40 MB in total, for a fleet of 50,000 documents and its status; a small fleet uses less. */
const maxCachedEntries = 200_000;
/** The source and the folders of the status branch, current and previous. */
const maxCachedLists = 16;
/** Trees that contain one tree many times expand to an endless number of paths ("git bomb"). */
const maxFiles = 250_000;
const maxDepth = 128;

type Tree = readonly [oid: string, entries: readonly TreeEntry[]];

/** Lists trees; a subtree that did not change has the same id, and is not read again while it is in the cache. */
export function createTreeListing(reader: ObjectReader, onMissing: () => void): TreeListing {
  const trees = createLruCache<string, readonly TreeEntry[]>(
    maxCachedEntries,
    (entries) => entries.length + 1,
  );
  const lists = createLruCache<string, readonly TreeFile[]>(maxCachedLists, () => 1);

  async function entries(oid: string): Promise<readonly TreeEntry[]> {
    const known = trees.get(oid);
    if (known !== undefined) return known;
    const object = await reader.read(oid, 64 * 1_048_576);
    if (object?.type !== 'tree') {
      onMissing();
      throw new PressluftError(errors.cloneIncomplete, `The Git tree ${oid} is missing`, {
        hint: 'The next fetch checks the local clone and replaces it if it is damaged.',
      });
    }
    const parsed = parseTree(oid, object.content);
    trees.set(oid, parsed);
    return parsed;
  }

  /** Cached trees are returned without a wait each: after a small commit nearly all trees are cached. */
  async function readLevel(oids: readonly string[]): Promise<readonly Tree[]> {
    const known: Tree[] = [];
    const unknown: string[] = [];
    for (const oid of oids) {
      const found = trees.get(oid);
      if (found === undefined) unknown.push(oid);
      else known.push([oid, found]);
    }
    return [...known, ...(await Promise.all(unknown.map(async (oid) => [oid, await entries(oid)] as const)))];
  }

  /** Every tree below, each read once even if it occurs often; the trees of one level are requested together. */
  async function load(root: string): Promise<ReadonlyMap<string, readonly TreeEntry[]>> {
    const loaded = new Map<string, readonly TreeEntry[]>();
    let level = [root];
    while (level.length > 0) {
      const read = await readLevel(level);
      for (const [oid, found] of read) loaded.set(oid, found);
      const below = read.flatMap(([, found]) => found.filter(({ kind }) => kind === 'tree'));
      level = [...new Set(below.map(({ oid }) => oid))].filter((oid) => !loaded.has(oid));
      if (loaded.size + level.length > maxFiles) throw tooMuch(`more than ${maxFiles} directories`);
    }
    return loaded;
  }

  return {
    entries,
    async list(treeOid, under = '') {
      const root = await locate(entries, treeOid, under);
      if (root === null) return [];
      if (root.kind !== 'tree') return [{ path: under, oid: root.oid, kind: root.kind }];
      const key = `${root.oid} ${root.path}`;
      const known = lists.get(key);
      if (known !== undefined) return known;
      const files: TreeFile[] = [];
      flatten(await load(root.oid), root.oid, root.path === '' ? '' : `${root.path}/`, 0, files);
      files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
      lists.set(key, files);
      return files;
    },
    async treeOf(commit) {
      const object = await reader.read(commit, 1_048_576);
      const line = object?.type === 'commit' ? object.content.toString('latin1', 0, 46) : '';
      const tree = /^tree ([0-9a-f]{40})\n?$/.exec(line)?.[1];
      if (tree === undefined) {
        onMissing();
        throw new PressluftError(errors.cloneIncomplete, `The commit ${commit} is not in the local clone`);
      }
      return tree;
    },
  };
}

function flatten(
  trees: ReadonlyMap<string, readonly TreeEntry[]>,
  oid: string,
  prefix: string,
  depth: number,
  files: TreeFile[],
  budget = { entries: 2 * maxFiles },
): void {
  if (depth > maxDepth) throw tooMuch(`more than ${maxDepth} directories below each other`);
  for (const entry of trees.get(oid) ?? []) {
    budget.entries -= 1;
    if (budget.entries < 0) throw tooMuch(`more than ${2 * maxFiles} files and directories`);
    const path = prefix + entry.name;
    if (entry.kind === 'tree') flatten(trees, entry.oid, `${path}/`, depth + 1, files, budget);
    else if (files.length === maxFiles) throw tooMuch(`more than ${maxFiles} files`);
    else files.push({ path, oid: entry.oid, kind: entry.kind });
  }
}

/** The entry at a path; null when there is none. */
async function locate(
  entries: (oid: string) => Promise<readonly TreeEntry[]>,
  treeOid: string,
  under: string,
): Promise<{ oid: string; kind: TreeEntry['kind']; path: string } | null> {
  let at: { oid: string; kind: TreeEntry['kind'] } = { oid: treeOid, kind: 'tree' };
  const parts = under.split('/').filter((part) => part !== '');
  for (const part of parts) {
    if (at.kind !== 'tree') return null;
    const next = (await entries(at.oid)).find((entry) => entry.name === part);
    if (next === undefined) return null;
    at = next;
  }
  return { oid: at.oid, kind: at.kind, path: parts.join('/') };
}

function tooMuch(what: string): PressluftError {
  return new PressluftError(errors.cloneIncomplete, `The repository has ${what}`, {
    hint: 'Remove what Pressluft does not need from the repository.',
    retry: { kind: 'never' },
  });
}

interface LruCache<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** A map bounded by the sum of `weigh` over its values; evicts the least recently used. */
function createLruCache<K, V>(maxWeight: number, weigh: (value: V) => number): LruCache<K, V> {
  const values = new Map<K, V>();
  let weight = 0;
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      const old = values.get(key);
      if (old !== undefined) weight -= weigh(old);
      values.delete(key);
      values.set(key, value);
      weight += weigh(value);
      for (const [oldest, dropped] of values) {
        if (weight <= maxWeight) break;
        values.delete(oldest);
        weight -= weigh(dropped);
      }
    },
  };
}
