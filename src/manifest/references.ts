import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import { stringAt } from './plain.ts';

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
  BackupRepository: [],
  BackupPolicy: [['repository', 'BackupRepository']],
  Backup: [['environment', 'Environment']],
  Restore: [['environment', 'Environment']],
  Promotion: [
    ['from', 'Environment'],
    ['to', 'Environment'],
  ],
};

/** What a document refers to, as far as it can be read: also of documents that are broken elsewhere. */
export function referencesOf(kind: ResourceKind, value: Json): readonly Reference[] {
  return referenceFields[kind].flatMap(([field, targetKind]) => {
    const name = stringAt(value, 'spec', field);
    if (name === undefined) return [];
    return [{ field, targetKind, target: `${targetKind.toLowerCase()}/${name}` as ResourceRef }];
  });
}
