declare const brand: unique symbol;

/** A string or number that was checked at the edge: `Brand<string, 'CommitSha'>` is not assignable from a plain string. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type CommitSha = Brand<string, 'CommitSha'>;
export type ProviderName = Brand<string, 'ProviderName'>;
export type NodeName = Brand<string, 'NodeName'>;
export type SiteName = Brand<string, 'SiteName'>;
export type EnvironmentName = Brand<string, 'EnvironmentName'>;
export type BackupRepositoryName = Brand<string, 'BackupRepositoryName'>;
export type BackupPolicyName = Brand<string, 'BackupPolicyName'>;
export type BackupName = Brand<string, 'BackupName'>;
export type RestoreName = Brand<string, 'RestoreName'>;
export type PromotionName = Brand<string, 'PromotionName'>;
/** `kind/name` with the kind in lower case, e.g. `environment/acme-production`. */
export type ResourceRef = Brand<string, 'ResourceRef'>;
/** Stable identity of a resource of a fleet: 16 lower-case base32 characters. */
export type Uid = Brand<string, 'Uid'>;
/** `sha256:` and 64 hexadecimal digits. */
export type Digest = Brand<string, 'Digest'>;

const commitSha = /^[0-9a-f]{40}$/;

export function parseCommitSha(text: string): CommitSha | undefined {
  return commitSha.test(text) ? (text as CommitSha) : undefined;
}

/** Placeholder commit of manifests that are not committed yet. */
export const uncommitted = '0'.repeat(40) as CommitSha;
