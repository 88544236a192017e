import type { Brand, ResourceRef } from './brand.ts';

export const resourceKinds = [
  'Pressluft',
  'Provider',
  'Node',
  'Site',
  'Environment',
  'BackupRepository',
  'BackupPolicy',
  'Backup',
  'Restore',
  'Promotion',
] as const;
export type ResourceKind = (typeof resourceKinds)[number];

/** One value for each kind, in the order of {@link resourceKinds}. */
export function perKind<T>(make: (kind: ResourceKind) => T): Record<ResourceKind, T> {
  return Object.fromEntries(resourceKinds.map((kind) => [kind, make(kind)])) as Record<ResourceKind, T>;
}

/** A position in a manifest, line and column from 1; columns in Unicode code points. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Type of the name of each kind, e.g. `NodeName` of `Node`; the configuration has the name of the fleet. */
export type NamedResource = {
  readonly [K in ResourceKind]: K extends 'Pressluft' ? string : Brand<string, `${K}Name`>;
};

export function resourceRef<K extends ResourceKind>(kind: K, name: NamedResource[K]): ResourceRef {
  return `${kind.toLowerCase()}/${name}` as ResourceRef;
}

export function parseResourceRef(
  text: string,
): { kind: ResourceKind; name: string; ref: ResourceRef } | undefined {
  const slash = text.indexOf('/');
  const kind = resourceKinds.find((candidate) => candidate.toLowerCase() === text.slice(0, slash));
  const name = text.slice(slash + 1);
  if (kind === undefined || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) return undefined;
  return { kind, name, ref: text as ResourceRef };
}

/** Position of a field of a resource, given as a JSON pointer such as `/spec/php/memoryLimit`; of the nearest parent when the field is absent. */
export type Locate = (ref: ResourceRef, pointer: string) => SourcePosition | undefined;
