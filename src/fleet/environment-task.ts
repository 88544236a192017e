import { appliedPart } from './applied-part.ts';
import type { Digest } from './brand.ts';
import type { AptSource, Artifact, ArtifactCatalogue } from './config.ts';
import type { DesiredEnvironment, DesiredNode } from './desired.ts';
import type { DesiredNginx } from './desired-nginx.ts';
import { digestOf } from './digest.ts';
import { environmentNames, previewHost } from './naming.ts';

/** Desired state of one environment on its node; the contract with the playbook `environment-converge`. Field names follow Ansible. */
export type EnvironmentTask = ReturnType<typeof environmentTask>;

/** The address is part of the task because the preview host name contains it. */
export function environmentTask(environment: DesiredEnvironment, ipv4: string, previewDomain: string) {
  const names = environmentNames(environment.name);
  const preview = previewHost(environment.name, ipv4, previewDomain);
  const { domains, wordpress, php } = environment;
  return {
    name: environment.name,
    uid: environment.uid,
    site: environment.site,
    type: environment.type,
    state: environment.state,
    protected: environment.protected,
    deletion_policy: environment.deletionPolicy,
    unix_user: names.unixUser,
    database: names.database,
    database_user: names.databaseUser,
    redis_user: names.redisUser,
    redis_prefix: names.redisPrefix,
    title: environment.title,
    admin_email: environment.adminEmail,
    admin_user: environment.adminUser,
    site_url: `http://${domains.primary ?? preview}`,
    hosts: { preview, primary: domains.primary, aliases: domains.aliases, redirects: domains.redirects },
    php: {
      version: php.version,
      memory_limit: php.memoryLimit,
      ini: php.ini,
      allowed_settings: php.allowedSettings,
      pool: {
        pm: php.pool.pm,
        max_children: php.pool.maxChildren,
        max_requests: php.pool.maxRequests,
        idle_timeout_seconds: php.pool.idleTimeoutSeconds,
        request_terminate_timeout_seconds: php.pool.requestTerminateTimeoutSeconds,
      },
    },
    resources: {
      cpu_weight: environment.resources.cpuWeight,
      memory_mib: environment.resources.memoryMib,
    },
    wordpress: {
      version: wordpress.version,
      locale: wordpress.locale,
      url: wordpress.core.url,
      sha256: wordpress.core.sha256,
      constants: wordpress.constants,
      plugins: wordpress.plugins,
      themes: wordpress.themes,
      active_theme: wordpress.activeTheme,
      manage: {
        plugins: wordpress.manage.plugins,
        theme: wordpress.manage.theme,
        title: wordpress.manage.title,
        admin_email: wordpress.manage.adminEmail,
        locale: wordpress.manage.locale,
      },
    },
    cache: { object: environment.cache.object, memory_mib: environment.cache.memoryMib },
    access: {
      basic_auth:
        environment.access.basicAuth === null
          ? null
          : {
              user: environment.access.basicAuth.user,
              password_hash: environment.access.basicAuth.passwordHash,
            },
      noindex: environment.access.noindex,
    },
    nginx: nginxTask(environment.nginx),
  };
}

function nginxTask(nginx: DesiredNginx) {
  return {
    max_body_bytes: nginx.maxBodyBytes,
    headers: nginx.headers,
    allow: nginx.allow,
    deny: nginx.deny,
    xmlrpc: nginx.xmlrpc,
    lifetimes: nginx.lifetimes,
    locations: nginx.locations.map(({ answer, ...location }) => ({
      ...location,
      answer:
        answer === null
          ? null
          : { status: answer.status, text: answer.text, content_type: answer.contentType },
    })),
    server_snippet: nginx.serverSnippet,
  };
}

/** The wp-cli for nodes: the only pinned version; null if none is pinned. */
export function pinnedWpCli({ wpCli }: ArtifactCatalogue): (Artifact & { readonly version: string }) | null {
  const [pinned] = Object.entries(wpCli).map(([version, artifact]) => ({ version, ...artifact }));
  return pinned ?? null;
}

/** Desired state of a node; the contract with the playbook `node-provision`. */
export type NodeTask = ReturnType<typeof nodeTask>;

export function nodeTask(
  node: DesiredNode,
  fleet: string,
  phpAptSource: AptSource | null,
  wpCli: (Artifact & { readonly version: string }) | null,
) {
  return {
    name: node.name,
    uid: node.uid,
    fleet,
    timezone: node.timezone,
    php_versions: node.phpVersions,
    php_apt_source: phpAptSource,
    swap_mib: node.swapMib,
    wp_cli: wpCli,
  };
}

/**
 * Digest of a task as applied by one version of the Ansible content. Download URLs are omitted: the checksum identifies
 * the artifact, and another mirror must not cause a change.
 */
export function taskDigest(task: EnvironmentTask | NodeTask, contentVersion: string): Digest {
  return digestOf({ contentVersion, task: isEnvironmentTask(task) ? appliedPart(task) : task }, 'url');
}

function isEnvironmentTask(task: EnvironmentTask | NodeTask): task is EnvironmentTask {
  return 'wordpress' in task;
}

/**
 * Desired digest of an environment on its node. Cached per environment object: environments of unchanged files are the same objects in every
 * pass, so their digest is not computed again.
 */
export function environmentDigest(
  environment: DesiredEnvironment,
  ipv4: string,
  previewDomain: string,
  contentVersion: string,
): Digest {
  const known = remembered.get(environment);
  if (
    known?.ipv4 === ipv4 &&
    known.previewDomain === previewDomain &&
    known.contentVersion === contentVersion
  ) {
    return known.digest;
  }
  const digest = taskDigest(environmentTask(environment, ipv4, previewDomain), contentVersion);
  remembered.set(environment, { ipv4, previewDomain, contentVersion, digest });
  return digest;
}

interface Remembered {
  readonly ipv4: string;
  readonly previewDomain: string;
  readonly contentVersion: string;
  readonly digest: Digest;
}

// A pure cache: the same arguments give the same digest with and without it.
const remembered = new WeakMap<DesiredEnvironment, Remembered>();

/** The task as stored on the node and shown in plans. */
export function withoutUrls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUrls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'url')
      .map(([key, member]) => [key, withoutUrls(member)]),
  );
}
