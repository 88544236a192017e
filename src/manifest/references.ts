import type { ResourceRef } from '../fleet/brand.ts';
import type { Json } from '../fleet/digest.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import { stringAt } from './plain.ts';

export interface Reference {
  /** Field of `spec` that holds the name, with dots between nested keys: `node`, `backups.policy`. */
  readonly field: string;
  readonly target: ResourceRef;
  readonly targetKind: ResourceKind;
  /** The resource is on hold while its target is. */
  readonly waits: boolean;
  /** A target that no manifest describes is left alone: it may have been renamed by mistake, and this needs it. */
  readonly shields: boolean;
}

type ReferenceField = readonly [field: string, target: ResourceKind, strength: Strength];

/**
 * `needs`: cannot be without it. `asks`: a request that is carried out once; what it was for may be gone long since. `begins`:
 * looked at only when the resource is made.
 */
type Strength = 'needs' | 'asks' | 'begins';

const referenceFields: Readonly<Record<ResourceKind, readonly ReferenceField[]>> = {
  Pressluft: [],
  Provider: [],
  Node: [['provider', 'Provider', 'needs']],
  Site: [['defaults.backups.policy', 'BackupPolicy', 'needs']],
  Environment: [
    ['site', 'Site', 'needs'],
    ['node', 'Node', 'needs'],
    ['backups.policy', 'BackupPolicy', 'needs'],
    ['source.clone', 'Environment', 'begins'],
  ],
  BackupRepository: [],
  BackupPolicy: [['repository', 'BackupRepository', 'needs']],
  Backup: [['environment', 'Environment', 'asks']],
  Restore: [['environment', 'Environment', 'asks']],
  Promotion: [
    ['from', 'Environment', 'asks'],
    ['to', 'Environment', 'asks'],
  ],
};

/** Kinds whose documents can refer to others. */
export const referringKinds: readonly ResourceKind[] = [
  'Node',
  'Site',
  'Environment',
  'BackupPolicy',
  'Backup',
  'Restore',
  'Promotion',
];

/** What a document refers to, as far as it can be read: also of documents that are broken elsewhere. */
export function referencesOf(kind: ResourceKind, value: Json): readonly Reference[] {
  return referenceFields[kind].flatMap(([field, targetKind, strength]) => {
    const name = stringAt(value, 'spec', ...field.split('.'));
    if (name === undefined) return [];
    return [
      {
        field,
        targetKind,
        target: `${targetKind.toLowerCase()}/${name}` as ResourceRef,
        waits: strength !== 'begins',
        shields: strength === 'needs',
      },
    ];
  });
}
