import type { DeletionPolicy } from '../../../fleet/desired.ts';
import type { SettingOwners } from '../../../fleet/setting-owners.ts';
import type { SecretSpec } from '../common-spec.ts';

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

/** Settings that an environment may inherit from the defaults of its site. */
export interface EnvironmentSettings {
  readonly wordpress?: {
    readonly version?: string;
    readonly locale?: string;
    readonly plugins?: Readonly<Record<string, PluginPin>>;
    readonly themes?: Readonly<Record<string, string | false>>;
    readonly activeTheme?: string;
    readonly constants?: Readonly<Record<string, string | number | boolean>>;
    readonly manage?: Partial<SettingOwners>;
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
  readonly resources?: { readonly cpuWeight?: number; readonly memory?: string };
  readonly cache?: { readonly object?: 'redis' | 'none'; readonly memory?: string };
  readonly access?: {
    readonly basicAuth?: false | { readonly user: string; readonly passwordHash: string };
    readonly noindex?: boolean;
  };
  readonly nginx?: NginxSpec;
  readonly state?: 'running' | 'stopped';
  readonly protected?: boolean;
  readonly deletionPolicy?: DeletionPolicy;
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

export interface NginxSpec extends Pick<LocationSpec, 'headers' | 'allow' | 'deny'> {
  readonly clientMaxBodySize?: string;
  readonly xmlrpc?: 'allow' | 'deny';
  readonly lifetimes?: Readonly<Record<string, string>>;
  readonly locations?: Readonly<Record<string, LocationSpec | false>>;
  readonly serverSnippet?: string;
}

export interface LocationSpec {
  readonly match?: 'exact' | 'prefix';
  readonly headers?: Readonly<Record<string, string | false>>;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly lifetime?: string;
  readonly answer?: { readonly status: number; readonly text?: string; readonly contentType?: string };
}

export type PluginPin = string | false | { readonly version: string; readonly active?: boolean };
