import type { SecretGrant } from '../../../fleet/secret-grants.ts';
import { secretRef } from '../../resolve/secret-ref.ts';
import type { SecretSpec } from '../common-spec.ts';

export interface SecretGrantSpec {
  readonly secret: SecretSpec;
  readonly to: readonly string[];
  readonly fields?: readonly string[];
  readonly hosts?: readonly string[];
}

/** The grants of a valid configuration. */
export function resolveGrants(grants: readonly SecretGrantSpec[] = []): readonly SecretGrant[] {
  return grants.map(({ secret, to, fields, hosts }) => ({
    secret: secretRef(secret),
    to,
    fields: fields ?? null,
    hosts: hosts ?? [],
  }));
}
