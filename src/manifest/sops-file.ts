import type { Json } from '../fleet/digest.ts';
import { encryptedType, type SopsFacts, sopsFacts } from '../fleet/sops.ts';
import { isObject } from './plain.ts';

/** The kind of a value of a SOPS file, as far as it is known without the key. */
export type SopsLeaf = 'text' | 'clear' | 'number' | 'group' | 'nothing';

/** A SOPS file that manifests may refer to; holds no values. */
export interface SopsFile extends SopsFacts {
  readonly documents: number;
  /** By dotted key. */
  readonly leaves: ReadonlyMap<string, SopsLeaf>;
}

const maxLeaves = 10_000;

/** Undefined when none of the documents of a file has SOPS metadata. */
export function sopsFileOf(values: readonly Json[]): SopsFile | undefined {
  for (const value of values) {
    const facts = sopsFacts(value);
    if (facts === undefined) continue;
    const leaves = new Map<string, SopsLeaf>();
    collect(value, '', leaves);
    return { ...facts, documents: values.length, leaves };
  }
  return undefined;
}

const sopsName = /\.sops\.(ya?ml|json)$/i;

/** Whether the name of a file says that it is encrypted. */
export function promisesEncryption(path: string): boolean {
  return sopsName.test(path);
}

function collect(value: Json, key: string, into: Map<string, SopsLeaf>): void {
  if (into.size >= maxLeaves) return;
  const entries = Array.isArray(value)
    ? value
        .filter((item) => encryptedType(item) !== 'comment')
        .map((item, index) => [String(index), item] as const)
    : isObject(value)
      ? Object.entries(value)
      : undefined;
  if (key !== '') into.set(key, entries === undefined ? leafOf(value) : 'group');
  for (const [name, child] of entries ?? []) {
    if (key === '' && name === 'sops') continue;
    collect(child, key === '' ? name : `${key}.${name}`, into);
  }
}

function leafOf(value: Json): SopsLeaf {
  const type = encryptedType(value);
  if (type !== undefined) return type === 'str' ? 'text' : 'number';
  return value === null || value === '' ? 'nothing' : 'clear';
}
