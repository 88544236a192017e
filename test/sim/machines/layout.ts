/** Paths of an environment; see `ansible/module_utils/pressluft/layout.py`. */
export function base(name: string): string {
  return `/srv/pressluft/${name}`;
}

export function siteFile(name: string): string {
  return `/etc/nginx/pressluft/sites/${name}.conf`;
}

export function snippetFile(name: string): string {
  return `/etc/nginx/pressluft/snippets/${name}.conf`;
}

export function passwordFile(name: string): string {
  return `/etc/nginx/pressluft/htpasswd/${name}`;
}

export function cronFile(name: string): string {
  return `/etc/cron.d/pressluft-${name}`;
}

export function poolFile(name: string, version: string): string {
  return `/etc/php/${version}/fpm/pool.d/${name}.conf`;
}

export function wpConfigFile(name: string): string {
  return `${base(name)}/slots/a/wp-config.php`;
}

export function fpm(version: string): string {
  return `php${version}-fpm`;
}

const environmentName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isEnvironmentName(name: string): boolean {
  return environmentName.test(name);
}

const poolPath = /^\/etc\/php\/([^/]+)\/fpm\/pool\.d\//;

/** The PHP version of a pool's file. */
export function versionOf(path: string): string | null {
  return poolPath.exec(path)?.[1] ?? null;
}
