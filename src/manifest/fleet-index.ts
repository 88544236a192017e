import type { ResourceRef } from '../fleet/brand.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import type { FieldProblem } from './diagnostics/problem.ts';
import type { ParsedDocument, ParsedFile } from './parse-file.ts';
import { stringAt } from './plain.ts';

export interface Located {
  readonly file: ParsedFile;
  readonly document: ParsedDocument;
}

/** A problem that only shows when all manifests are seen together. */
export interface FleetProblem {
  readonly where: Located;
  readonly problem: FieldProblem;
}

export interface FleetIndex {
  readonly byRef: ReadonlyMap<ResourceRef, readonly Located[]>;
  readonly byKind: Readonly<Record<ResourceKind, readonly Located[]>>;
}

export function indexFleet(files: readonly ParsedFile[]): FleetIndex {
  const byRef = new Map<ResourceRef, Located[]>();
  const byKind: Record<ResourceKind, Located[]> = {
    Pressluft: [],
    Provider: [],
    Node: [],
    Site: [],
    Environment: [],
  };
  for (const file of files) {
    for (const document of file.documents) {
      const located = { file, document };
      byKind[document.kind].push(located);
      const same = byRef.get(document.ref);
      if (same === undefined) byRef.set(document.ref, [located]);
      else same.push(located);
    }
  }
  return { byRef, byKind };
}

/** The one document of a resource; undefined when there is none, or several of which none can be preferred. */
export function only(index: FleetIndex, ref: ResourceRef): Located | undefined {
  const all = index.byRef.get(ref);
  return all?.length === 1 ? all[0] : undefined;
}

export interface Reference {
  /** Field of `spec` that holds the name. */
  readonly field: string;
  readonly target: ResourceRef;
  readonly targetKind: ResourceKind;
}

const referenceFields: Readonly<Record<ResourceKind, readonly (readonly [string, ResourceKind])[]>> = {
  Pressluft: [],
  Provider: [],
  Node: [['provider', 'Provider']],
  Site: [],
  Environment: [
    ['site', 'Site'],
    ['node', 'Node'],
  ],
};

/** What a document refers to, as far as it can be read: also of documents that are broken elsewhere. */
export function referencesOf(document: ParsedDocument): readonly Reference[] {
  return referenceFields[document.kind].flatMap(([field, targetKind]) => {
    const name = stringAt(document.value, 'spec', field);
    if (name === undefined) return [];
    return [{ field, targetKind, target: `${targetKind.toLowerCase()}/${name}` as ResourceRef }];
  });
}

/** The document that a field of `spec` refers to. */
export function referred(index: FleetIndex, document: ParsedDocument, field: string): Located | undefined {
  const reference = referencesOf(document).find((candidate) => candidate.field === field);
  return reference === undefined ? undefined : only(index, reference.target);
}

export function namesOfKind(index: FleetIndex, kind: ResourceKind): string[] {
  return index.byKind[kind].map(({ document }) => nameOf(document.ref));
}

export function nameOf(ref: ResourceRef): string {
  return ref.slice(ref.indexOf('/') + 1);
}
