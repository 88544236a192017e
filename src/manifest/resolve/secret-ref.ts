import type { SecretRef } from '../../fleet/secret-ref.ts';
import type { SecretSpec } from '../kinds/common-spec.ts';

/** The schema ensures that exactly one of the fields is given. */
export function secretRef({ env, file, sops }: SecretSpec): SecretRef {
  if (env !== undefined) return { kind: 'env', name: env };
  if (sops !== undefined) return { kind: 'sops', file: sops.file, key: sops.key.split('.') };
  return { kind: 'file', path: file ?? '' };
}
