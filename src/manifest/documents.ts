/** The manifests' own form, as `schemas/` describes it, before references and defaults are resolved. */

export interface Metadata {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export type ArtifactSpec = string | { readonly url: string; readonly sha256: string };
export type ArtifactVersionsSpec = Readonly<Record<string, ArtifactSpec>>;

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
      readonly token: { readonly env?: string; readonly file?: string };
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
  readonly deletionPolicy?: 'retain' | 'delete';
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
  readonly source?: 'new';
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

export interface SpecOfKind {
  readonly Pressluft: PressluftSpec;
  readonly Provider: ProviderSpec;
  readonly Node: NodeSpec;
  readonly Site: SiteSpec;
  readonly Environment: EnvironmentSpec;
}
