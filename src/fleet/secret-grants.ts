import type { ResourceRef } from './brand.ts';
import type { SecretRef } from './secret-ref.ts';

/** Who may use a secret, and where it may be sent: one entry of `spec.secrets.grants`. */
export interface SecretGrant {
  readonly secret: SecretRef;
  /** Resources as `kind/name`, or `kind/*` for all of a kind. */
  readonly to: readonly string[];
  /** Fields below `spec` with dots between the keys, `*` for the entries of a list; null for all. */
  readonly fields: readonly string[] | null;
  /** Hosts, with a port if it is not that of the protocol. */
  readonly hosts: readonly string[];
}

/** One use of a secret. */
export interface SecretUse {
  readonly resource: ResourceRef;
  /** As in {@link SecretGrant.fields}. */
  readonly field: string;
  /** The host that the manifest has it sent to; null if it goes to nobody, or to where the controller's own settings say. */
  readonly host: string | null;
}

/** `resource`: no grant is for this resource and field; `host`: none of those that are allows the host. */
export type GrantVerdict = 'granted' | 'resource' | 'host';

/**
 * Whether a use is allowed. A secret that no grant names may only be the token of a provider, which goes to the API of its type, or to an
 * endpoint that the controller's own settings allow. A variable with the token of a provider is never anything else, whatever the grants say.
 */
export function judgeUse(grants: readonly SecretGrant[], secret: SecretRef, use: SecretUse): GrantVerdict {
  if (secret.kind === 'env' && secret.name.startsWith('HCLOUD_') && !isProviderToken(use)) return 'resource';
  const own = grants.filter((grant) => isSameSecret(grant.secret, secret));
  if (own.length === 0) return isProviderToken(use) ? 'granted' : 'resource';
  const kind = `${use.resource.slice(0, use.resource.indexOf('/'))}/*`;
  const forUse = own.filter(
    ({ to, fields }) =>
      (to.includes(use.resource) || to.includes(kind)) && (fields === null || fields.includes(use.field)),
  );
  if (forUse.length === 0) return 'resource';
  const { host } = use;
  return host === null || forUse.some(({ hosts }) => hosts.includes(host)) ? 'granted' : 'host';
}

function isProviderToken({ resource, field }: Pick<SecretUse, 'resource' | 'field'>): boolean {
  return resource.startsWith('provider/') && field === 'token';
}

function isSameSecret(a: SecretRef, b: SecretRef): boolean {
  return secretName(a) === secretName(b);
}

/** A secret in messages and plans: `env NAME`, `file NAME`, `sops FILE key`. */
export function secretName(ref: SecretRef): string {
  switch (ref.kind) {
    case 'env':
      return `env ${ref.name}`;
    case 'file':
      return `file ${ref.path}`;
    case 'sops':
      return `sops ${ref.file} ${ref.key.join('.')}`;
    default:
      return ref satisfies never;
  }
}
