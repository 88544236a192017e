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

export function phpConfig(name: string): string {
  return `/etc/pressluft-php/${name}.conf`;
}

/** The slice of an environment, and what its master and standby add to their templates. */
export function phpUnits(name: string): readonly string[] {
  const units = '/etc/systemd/system';
  return [
    `${units}/pressluft-${name.replaceAll('-', '_')}.slice`,
    `${units}/pressluft-php@${name}.service.d/20-environment.conf`,
    `${units}/pressluft-php-standby@${name}.service.d/20-environment.conf`,
  ];
}

export function wpConfigFile(name: string): string {
  return `${base(name)}/slots/a/wp-config.php`;
}

/** The name under which a restart of an environment's PHP is owed. */
export function phpOf(name: string): string {
  return `php@${name}`;
}

const environmentName = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function isEnvironmentName(name: string): boolean {
  return environmentName.test(name);
}
