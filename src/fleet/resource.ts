import type {
  BackupName,
  BackupPolicyName,
  BackupRepositoryName,
  EnvironmentName,
  NodeName,
  PromotionName,
  ProviderName,
  ResourceRef,
  RestoreName,
  SiteName,
} from './brand.ts';

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

/** A place in a manifest, both counted from 1; columns in Unicode code points. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface NamedResource {
  Pressluft: string;
  Provider: ProviderName;
  Node: NodeName;
  Site: SiteName;
  Environment: EnvironmentName;
  BackupRepository: BackupRepositoryName;
  BackupPolicy: BackupPolicyName;
  Backup: BackupName;
  Restore: RestoreName;
  Promotion: PromotionName;
}

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

/** Where a field of a resource is written; a JSON pointer such as `/spec/php/memoryLimit`; the nearest parent when the field is absent. */
export type Locate = (ref: ResourceRef, pointer: string) => SourcePosition | undefined;
