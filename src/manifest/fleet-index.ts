import type { ResourceRef } from '../fleet/brand.ts';
import { perKind, type ResourceKind } from '../fleet/resource.ts';
import type { FieldProblem } from './diagnostics/problem.ts';
import type { ParsedDocument, ParsedFile } from './parsed-file.ts';

export interface Located {
  readonly file: ParsedFile;
  readonly document: ParsedDocument;
}

/** A problem that can only be found with all manifests at hand. */
export interface FleetProblem {
  readonly where: Located;
  readonly problem: FieldProblem;
}

export interface FleetIndex {
  readonly byRef: ReadonlyMap<ResourceRef, readonly Located[]>;
  readonly byKind: Readonly<Record<ResourceKind, readonly Located[]>>;
}

/** Entries of files that were indexed before. Unchanged ones keep their identity, so a comparison is cheap. */
export type IndexedFiles = WeakMap<ParsedFile, readonly (readonly [Located])[]>;

export function indexFleet(files: readonly ParsedFile[], known: IndexedFiles = new WeakMap()): FleetIndex {
  const byRef = new Map<ResourceRef, readonly Located[]>();
  const byKind = perKind((): Located[] => []);
  // Entries are reused by later loads, so a duplicate gets a new list.
  const lists = new Map<ResourceRef, Located[]>();
  const several = (first: readonly Located[], ref: ResourceRef) => {
    const list = lists.get(ref) ?? [...first];
    lists.set(ref, list);
    byRef.set(ref, list);
    return list;
  };
  for (const file of files) {
    for (const entry of entriesOf(file, known)) {
      const [{ document }] = entry;
      byKind[document.kind].push(entry[0]);
      const same = byRef.get(document.ref);
      if (same === undefined) byRef.set(document.ref, entry);
      else several(same, document.ref).push(entry[0]);
    }
  }
  return { byRef, byKind };
}

function entriesOf(file: ParsedFile, known: IndexedFiles): readonly (readonly [Located])[] {
  const before = known.get(file);
  if (before !== undefined) return before;
  const entries = file.documents.map((document) => [{ file, document }] as const);
  known.set(file, entries);
  return entries;
}

/** The same index without some documents; entries of all others keep their identity. */
export function withoutDocuments(index: FleetIndex, removed: ReadonlySet<ParsedDocument>): FleetIndex {
  if (removed.size === 0) return index;
  const byRef = new Map(index.byRef);
  for (const { ref } of removed) {
    const left = index.byRef.get(ref)?.filter(({ document }) => !removed.has(document)) ?? [];
    if (left.length === 0) byRef.delete(ref);
    else byRef.set(ref, left);
  }
  const kinds = new Set([...removed].map(({ kind }) => kind));
  const byKind = perKind((kind) =>
    kinds.has(kind)
      ? index.byKind[kind].filter(({ document }) => !removed.has(document))
      : index.byKind[kind],
  );
  return { byRef, byKind };
}

/** The only document of a resource; undefined when there is none or more than one. */
export function only(index: FleetIndex, ref: ResourceRef): Located | undefined {
  const all = index.byRef.get(ref);
  return all?.length === 1 ? all[0] : undefined;
}

/** The document that a field of `spec` refers to. */
export function referred(index: FleetIndex, document: ParsedDocument, field: string): Located | undefined {
  const reference = document.references.find((candidate) => candidate.field === field);
  return reference === undefined ? undefined : only(index, reference.target);
}

export function namesOfKind(index: FleetIndex, kind: ResourceKind): string[] {
  return index.byKind[kind].map(({ document }) => nameOf(document.ref));
}

export function nameOf(ref: ResourceRef): string {
  return ref.slice(ref.indexOf('/') + 1);
}
