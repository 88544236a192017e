import type { Json } from '../../fleet/digest.ts';
import type { SecretRef } from '../../fleet/secret-ref.ts';
import type { SecretSpec } from '../kinds/common-spec.ts';
import { stringAt } from '../plain.ts';

/** The reference in a value that may not have passed its schema. */
export function readSecretRef(value: Json): SecretRef | undefined {
  const [env, file] = [stringAt(value, 'env'), stringAt(value, 'file')];
  if (env !== undefined) return { kind: 'env', name: env };
  if (file !== undefined) return { kind: 'file', path: file };
  const [sopsFile, key] = [stringAt(value, 'sops', 'file'), stringAt(value, 'sops', 'key')];
  return sopsFile === undefined || key === undefined
    ? undefined
    : { kind: 'sops', file: sopsFile, key: key.split('.') };
}

/** The schema ensures that exactly one of the fields is given. */
export function secretRef({ env, file, sops }: SecretSpec): SecretRef {
  if (env !== undefined) return { kind: 'env', name: env };
  if (sops !== undefined) return { kind: 'sops', file: sops.file, key: sops.key.split('.') };
  return { kind: 'file', path: file ?? '' };
}
