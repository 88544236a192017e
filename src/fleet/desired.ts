import type {
  DesiredBackup,
  DesiredBackupPolicy,
  DesiredBackupRepository,
  DesiredPromotion,
  DesiredRestore,
} from './backups.ts';
import type {
  BackupName,
  BackupPolicyName,
  BackupRepositoryName,
  CommitSha,
  EnvironmentName,
  NodeName,
  PromotionName,
  ProviderName,
  ResourceRef,
  RestoreName,
  SiteName,
  Uid,
} from './brand.ts';
import type { Artifact, FleetConfig } from './config.ts';
import type { DesiredNginx } from './desired-nginx.ts';
import type { EnvironmentType } from './environment-type.ts';
import type { Quarantine } from './quarantine.ts';
import type { Locate } from './resource.ts';
import type { SecretGrant } from './secret-grants.ts';
import type { SecretRef } from './secret-ref.ts';
import type { SettingOwners } from './setting-owners.ts';

interface DesiredProviderBase {
  readonly name: ProviderName;
  /** Selects the adapter only; capabilities say what a provider can do. */
  readonly type: string;
}

/** An account at a cloud where servers are created and deleted. */
export interface DesiredCloudProvider extends DesiredProviderBase {
  readonly machines: 'acquired';
  readonly token: SecretRef;
  /** All grants of the fleet: they say whether the token may be used. */
  readonly grants: readonly SecretGrant[];
  /** Base URL of the API with its version. */
  readonly endpoint: string;
  /** Defaults for nodes that name no location or image. */
  readonly location: string;
  readonly image: string;
  /** Extra public keys (OpenSSH format) that may log in to the nodes, by key name. */
  readonly sshKeys: Readonly<Record<string, string>>;
  /** Who may reach SSH, HTTP and HTTPS, as CIDR lists. */
  readonly firewall: { readonly sshFrom: readonly string[]; readonly webFrom: readonly string[] };
}

/** Existing hosts that are reached by SSH; there is no account and no API. */
export interface DesiredHostProvider extends DesiredProviderBase {
  readonly machines: 'existing';
}

/** `machines` is the capability: `acquired` ones are created and deleted, `existing` ones are only provisioned. */
export type DesiredProvider = DesiredCloudProvider | DesiredHostProvider;

interface DesiredNodeBase {
  readonly name: NodeName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  readonly provider: ProviderName;
  readonly labels: Readonly<Record<string, string>>;
  readonly phpVersions: readonly string[];
  readonly swapMib: number;
  readonly timezone: string;
  readonly protected: boolean;
  /** A suspended node and its environments are neither changed nor deleted. */
  readonly state: 'active' | 'suspended';
}

/** The server of this node is created at its provider. */
export interface DesiredAcquiredNode extends DesiredNodeBase {
  readonly kind: 'acquired';
  readonly serverType: string;
  readonly location: string;
  readonly image: string;
}

/** An existing host. */
export interface DesiredExistingNode extends DesiredNodeBase {
  readonly kind: 'existing';
  /** Host name or address that SSH connects to. */
  readonly address: string;
  readonly sshPort: number;
  readonly sshUser: string;
  /** Pinned host key in known_hosts form without the host: `ssh-ed25519 AAAA…`. */
  readonly hostKey: string;
}

export type DesiredNode = DesiredAcquiredNode | DesiredExistingNode;

export interface DesiredSite {
  readonly name: SiteName;
  readonly ref: ResourceRef;
  readonly title: string;
  readonly adminEmail: string;
  readonly owner: string | null;
}

export interface PinnedPackage extends Artifact {
  readonly slug: string;
  readonly version: string;
}

export interface Redirect {
  readonly from: string;
  readonly to: string;
  readonly status: 301 | 302 | 307 | 308;
}

/**
 * Policy for an environment after its manifest is removed. `backup-then-delete`: taken out of service, and deleted once a
 * verified final backup is recorded.
 */
export const deletionPolicies = ['retain', 'delete', 'backup-then-delete'] as const;
export type DeletionPolicy = (typeof deletionPolicies)[number];

/** Source of the initial content of an environment; used only at its creation. */
export type EnvironmentSource =
  | { readonly kind: 'new' }
  | { readonly kind: 'clone'; readonly environment: EnvironmentName }
  | { readonly kind: 'backup'; readonly record: string };

/** What is removed from cloned data: `users`: addresses and passwords of accounts; `commerce`: also customers, orders and payment tokens. */
export type ScrubProfile = 'none' | 'users' | 'commerce';

export type DesiredTls =
  | { readonly mode: 'off' }
  /** Certificates by ACME (RFC 8555), http-01. */
  | { readonly mode: 'acme'; readonly email: string; readonly hsts: boolean }
  | {
      readonly mode: 'provided';
      /** PEM chain, leaf first. */
      readonly certificate: SecretRef;
      /** PEM private key. */
      readonly privateKey: SecretRef;
      readonly hsts: boolean;
    };

/** An environment with the defaults of its site applied: complete except for the address of its node. */
export interface DesiredEnvironment {
  readonly name: EnvironmentName;
  readonly ref: ResourceRef;
  readonly uid: Uid;
  readonly site: SiteName;
  readonly node: NodeName;
  readonly type: EnvironmentType;
  readonly state: 'running' | 'stopped';
  readonly protected: boolean;
  readonly deletionPolicy: DeletionPolicy;
  readonly title: string;
  readonly adminEmail: string;
  readonly adminUser: string;
  readonly domains: {
    readonly primary: string | null;
    readonly aliases: readonly string[];
    readonly redirects: readonly Redirect[];
  };
  readonly wordpress: {
    readonly version: string;
    readonly locale: string;
    readonly core: Artifact;
    readonly plugins: readonly (PinnedPackage & { readonly active: boolean })[];
    readonly themes: readonly PinnedPackage[];
    readonly activeTheme: string | null;
    readonly constants: Readonly<Record<string, string | number | boolean>>;
    readonly manage: SettingOwners;
  };
  readonly php: {
    readonly version: string;
    readonly memoryLimit: string;
    readonly ini: Readonly<Record<string, string>>;
    /** Names of `ini` and of WordPress' constants that the manifest of the node allows in addition. */
    readonly allowedSettings: readonly string[];
    readonly pool: {
      readonly pm: 'static' | 'dynamic' | 'ondemand';
      readonly maxChildren: number;
      readonly maxRequests: number;
      readonly idleTimeoutSeconds: number;
      readonly requestTerminateTimeoutSeconds: number;
    };
  };
  readonly resources: {
    /** Share of the processors relative to other environments, from 1 to 10000. */
    readonly cpuWeight: number;
    /** Null: the node derives it from the workers. */
    readonly memoryMib: number | null;
  };
  /** `memoryMib`: quota of the cache server; null without one. */
  readonly cache: { readonly object: 'redis' | 'none'; readonly memoryMib: number | null };
  readonly access: {
    readonly basicAuth: { readonly user: string; readonly passwordHash: string } | null;
    readonly noindex: boolean;
  };
  readonly nginx: DesiredNginx;
  readonly tls: DesiredTls;
  readonly source: EnvironmentSource;
  readonly scrub: ScrubProfile;
  readonly backups: { readonly policy: BackupPolicyName | null };
  /** Reason to ignore maintenance windows and freezes; null to respect them. */
  readonly windowOverride: string | null;
}

/** The resources of each kind by name. */
export interface DesiredResources {
  readonly providers: ReadonlyMap<ProviderName, DesiredProvider>;
  readonly nodes: ReadonlyMap<NodeName, DesiredNode>;
  readonly sites: ReadonlyMap<SiteName, DesiredSite>;
  readonly environments: ReadonlyMap<EnvironmentName, DesiredEnvironment>;
  readonly backupRepositories: ReadonlyMap<BackupRepositoryName, DesiredBackupRepository>;
  readonly backupPolicies: ReadonlyMap<BackupPolicyName, DesiredBackupPolicy>;
  readonly backups: ReadonlyMap<BackupName, DesiredBackup>;
  readonly restores: ReadonlyMap<RestoreName, DesiredRestore>;
  readonly promotions: ReadonlyMap<PromotionName, DesiredPromotion>;
}

/** The desired state at one commit. Resources with a broken manifest are absent and listed in `quarantine`. */
export interface DesiredFleet extends DesiredResources {
  readonly commit: CommitSha;
  readonly config: FleetConfig;
  readonly quarantine: Quarantine;
  readonly locate: Locate;
}
