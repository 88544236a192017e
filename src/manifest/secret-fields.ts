import type { Json } from '../fleet/digest.ts';
import type { ResourceKind } from '../fleet/resource.ts';
import { isObject, valueAt } from './plain.ts';

export interface SecretField {
  readonly path: readonly string[];
  /** As read; may not have the form of a reference. */
  readonly value: Json;
  /** The token of a provider may also be in a variable that begins with HCLOUD_. */
  readonly providerToken: boolean;
}

const secretPaths: Readonly<Record<ResourceKind, readonly (readonly string[])[]>> = {
  Pressluft: [],
  Provider: [['spec', 'token']],
  Node: [],
  Site: [
    ['spec', 'defaults', 'tls', 'certificate'],
    ['spec', 'defaults', 'tls', 'privateKey'],
  ],
  Environment: [
    ['spec', 'tls', 'certificate'],
    ['spec', 'tls', 'privateKey'],
  ],
  BackupRepository: [
    ['spec', 'password'],
    ['spec', 's3', 'accessKeyId'],
    ['spec', 's3', 'secretAccessKey'],
  ],
  BackupPolicy: [],
  Backup: [],
  Restore: [],
  Promotion: [],
};

/** Every place of a document where a secret is referred to, also of documents that are broken elsewhere. */
export function secretFields(kind: ResourceKind, value: Json): readonly SecretField[] {
  const fixed = secretPaths[kind].flatMap((path) => secretField(path, valueAt(value, ...path), kind));
  return kind === 'Pressluft' ? notificationTokens(value) : fixed;
}

function secretField(
  path: readonly string[],
  value: Json | undefined,
  kind: ResourceKind,
): readonly SecretField[] {
  return isObject(value) ? [{ path, value, providerToken: kind === 'Provider' }] : [];
}

function notificationTokens(value: Json): readonly SecretField[] {
  const list = valueAt(value, 'spec', 'notifications');
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: Json, index) =>
    secretField(['spec', 'notifications', String(index), 'token'], valueAt(item, 'token'), 'Pressluft'),
  );
}
