import { createHash } from 'node:crypto';

export const codename = 'bookworm';

/** The packages of a cloud provider's Debian 12 image that matter to a node. */
export const basePackages: readonly string[] = [
  'ca-certificates',
  'cron',
  'curl',
  'dbus',
  'gnupg',
  'iproute2',
  'iputils-ping',
  'less',
  'libpam-systemd',
  'logrotate',
  'netbase',
  'openssh-server',
  'procps',
  'python3',
  'python3-apt',
  'sudo',
  'systemd',
  'systemd-sysv',
  'systemd-timesyncd',
  'tzdata',
];

/** The packages that provisioning installs on a node; when they are preinstalled its package tasks change nothing. */
export const stackPackages: readonly string[] = [
  'acl',
  'fail2ban',
  'mariadb-client',
  'mariadb-server',
  'nftables',
  'nginx',
  'php8.2-bcmath',
  'php8.2-cli',
  'php8.2-curl',
  'php8.2-fpm',
  'php8.2-gd',
  'php8.2-intl',
  'php8.2-mbstring',
  'php8.2-mysql',
  'php8.2-opcache',
  'php8.2-readline',
  'php8.2-xml',
  'php8.2-zip',
  'php-redis',
  'python3-pymysql',
  'python3-systemd',
  'redis-server',
  'redis-tools',
  'rsync',
  'unattended-upgrades',
  'unzip',
  'zip',
  'zstd',
];

/** Units that the packages enable, but that provisioning must enable itself. */
export const stackUnits: readonly string[] = [
  'fail2ban.service',
  'mariadb.service',
  'nftables.service',
  'nginx.service',
  'php8.2-fpm.service',
  'phpsessionclean.timer',
  'redis-server.service',
  'unattended-upgrades.service',
];

/** Timers that would use apt's lock or the disk at random times during a test, and a login prompt on an unused console. */
export const quietUnits: readonly string[] = [
  'apt-daily-upgrade.timer',
  'apt-daily.timer',
  'console-getty.service',
  'e2scrub_all.timer',
  'fstrim.timer',
];

/** Increased when the build of an image changes, so that caches of older builds are not used. */
const recipeVersion = 1;

export function baseImageKey(): string {
  return `debian-12-${digest({ recipeVersion, codename, basePackages, quietUnits })}`;
}

export function stackImageKey(): string {
  return `debian-12-stack-${digest({ base: baseImageKey(), stackPackages, stackUnits })}`;
}

function digest(recipe: unknown): string {
  return createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 12);
}
