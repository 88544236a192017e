/** The manifests' own form, as `schemas/` describes it, before references and defaults are resolved. */

export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type ArtifactSpec = string | { readonly url: string; readonly sha256: string };
export type ArtifactVersionsSpec = Readonly<Record<string, ArtifactSpec>>;

/** Exactly one of the fields. `sops.key` is a dotted path into the file. */
export interface SecretSpec {
  readonly env?: string;
  readonly file?: string;
  readonly sops?: { readonly file: string; readonly key: string };
}

export type RiskName = 'none' | 'restart' | 'downtime' | 'data';
export type EnvironmentTypeName = 'production' | 'staging' | 'development';

export interface MaintenanceWindowSpec {
  readonly name: string;
  /** Cron expression of its start. */
  readonly start: string;
  readonly duration: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
  readonly overrun?: 'finish' | 'fit';
}

export interface FreezeSpec {
  readonly name: string;
  /** Local time `2026-11-27T00:00` in the time zone. */
  readonly from: string;
  readonly until: string;
  readonly timezone?: string;
  readonly risks?: readonly RiskName[];
  readonly types?: readonly EnvironmentTypeName[];
}

export interface ScheduleSpec {
  readonly cron: string;
  readonly timezone?: string;
}

export interface NotificationSpec {
  readonly type: 'ntfy';
  readonly url?: string;
  readonly topic: string;
  readonly token?: SecretSpec;
  readonly events?: readonly ('failed' | 'stalled' | 'recovered' | 'blocked' | 'applied')[];
}

export interface PressluftSpec {
  readonly interval?: string;
  readonly statusBranch?: string;
  readonly previewDomain?: string;
  readonly deletionBudget?: { readonly maxCount?: number; readonly maxPercent?: number };
  readonly artifacts?: {
    readonly wordpress?: ArtifactVersionsSpec;
    readonly wpCli?: ArtifactVersionsSpec;
    readonly plugins?: Readonly<Record<string, ArtifactVersionsSpec>>;
    readonly themes?: Readonly<Record<string, ArtifactVersionsSpec>>;
  };
  readonly concurrency?: number;
  readonly maintenance?: {
    readonly windows?: readonly MaintenanceWindowSpec[];
    readonly freezes?: readonly FreezeSpec[];
  };
  readonly approvals?: { readonly risks?: readonly RiskName[]; readonly irreversible?: boolean };
  readonly allowedSigners?: readonly { readonly principal: string; readonly key: string }[];
  readonly notifications?: readonly NotificationSpec[];
  readonly secrets?: { readonly recipients?: readonly string[] };
  readonly phpAptSource?: {
    readonly uri: string;
    readonly suite: string;
    readonly components: readonly string[];
    readonly keyUrl: string;
    readonly keySha256: string;
  };
}

export type ProviderSpec =
  | {
      readonly type: 'hetzner';
      readonly token: SecretSpec;
      readonly endpoint?: string;
      readonly location?: string;
      readonly sshKeys?: Readonly<Record<string, string>>;
      readonly firewall?: { readonly sshFrom?: readonly string[]; readonly webFrom?: readonly string[] };
    }
  | { readonly type: 'static' };

export interface NodeSpec {
  readonly provider: string;
  readonly serverType?: string;
  readonly location?: string;
  readonly image?: string;
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly hostKey?: string;
  readonly php?: { readonly versions?: readonly string[] };
  readonly swap?: string | 0;
  readonly timezone?: string;
  readonly protected?: boolean;
  readonly state?: 'active' | 'suspended';
}

export type PluginPin = string | false | { readonly version: string; readonly active?: boolean };

/** What an environment may leave to the defaults of its site. */
export interface EnvironmentSettings {
  readonly wordpress?: {
    readonly version?: string;
    readonly locale?: string;
    readonly plugins?: Readonly<Record<string, PluginPin>>;
    readonly themes?: Readonly<Record<string, string | false>>;
    readonly activeTheme?: string;
    readonly constants?: Readonly<Record<string, string | number | boolean>>;
  };
  readonly php?: {
    readonly version?: string;
    readonly memoryLimit?: string;
    readonly ini?: Readonly<Record<string, string | number | boolean>>;
    readonly pool?: {
      readonly pm?: 'static' | 'dynamic' | 'ondemand';
      readonly maxChildren?: number;
      readonly maxRequests?: number;
      readonly idleTimeout?: string;
      readonly requestTerminateTimeout?: string;
    };
  };
  readonly cache?: { readonly object?: 'redis' | 'none' };
  readonly access?: {
    readonly basicAuth?: false | { readonly user: string; readonly passwordHash: string };
    readonly noindex?: boolean;
  };
  readonly nginx?: { readonly serverSnippet?: string };
  readonly state?: 'running' | 'stopped';
  readonly protected?: boolean;
  readonly deletionPolicy?: 'retain' | 'delete' | 'backup-then-delete';
  readonly tls?: {
    readonly mode?: 'off' | 'acme' | 'provided';
    /** ACME account; default: the admin e-mail of the site. */
    readonly email?: string;
    readonly certificate?: SecretSpec;
    readonly privateKey?: SecretSpec;
    readonly hsts?: boolean;
  };
  readonly scrub?: 'none' | 'users' | 'commerce';
  readonly backups?: { readonly policy?: string | false };
}

export interface SiteSpec {
  readonly title: string;
  readonly adminEmail: string;
  readonly adminUser?: string;
  readonly owner?: string;
  readonly defaults?: EnvironmentSettings;
}

export interface EnvironmentSpec extends EnvironmentSettings {
  readonly site: string;
  readonly node: string;
  readonly type: 'production' | 'staging' | 'development';
  readonly source?: 'new' | { readonly clone: string } | { readonly backup: string };
  readonly domains?: {
    readonly primary?: string;
    readonly aliases?: readonly string[];
    readonly redirects?: readonly {
      readonly from: string;
      readonly to: string;
      readonly status?: 301 | 302 | 307 | 308;
    }[];
  };
}

export interface BackupRepositorySpec {
  /** Exactly one of them. */
  readonly local?: { readonly path: string };
  readonly sftp?: {
    readonly host: string;
    readonly port?: number;
    readonly user: string;
    readonly path: string;
    readonly hostKey: string;
  };
  readonly s3?: {
    readonly endpoint: string;
    readonly bucket: string;
    readonly prefix?: string;
    readonly region?: string;
    readonly accessKeyId: SecretSpec;
    readonly secretAccessKey: SecretSpec;
  };
  readonly password: SecretSpec;
}

export interface BackupPolicySpec {
  readonly repository: string;
  readonly schedule: ScheduleSpec;
  readonly scope?: 'database' | 'files' | 'full';
  readonly retention?: {
    readonly last?: number;
    readonly daily?: number;
    readonly weekly?: number;
    readonly monthly?: number;
    readonly yearly?: number;
  };
  readonly verification?: ScheduleSpec | false;
}

export interface BackupSpec {
  readonly environment: string;
  readonly scope?: 'database' | 'files' | 'full';
}

export interface RestoreSpec {
  readonly environment: string;
  /** Exactly one of them: id of a record, or a moment in RFC 3339. */
  readonly from: { readonly backup?: string; readonly time?: string };
  readonly scope?: 'database' | 'files' | 'full';
}

export interface PromotionSpec {
  readonly from: string;
  readonly to: string;
  readonly parts?: readonly ('core' | 'plugins' | 'themes' | 'uploads')[];
}

export interface SpecOfKind {
  readonly Pressluft: PressluftSpec;
  readonly Provider: ProviderSpec;
  readonly Node: NodeSpec;
  readonly Site: SiteSpec;
  readonly Environment: EnvironmentSpec;
  readonly BackupRepository: BackupRepositorySpec;
  readonly BackupPolicy: BackupPolicySpec;
  readonly Backup: BackupSpec;
  readonly Restore: RestoreSpec;
  readonly Promotion: PromotionSpec;
}
