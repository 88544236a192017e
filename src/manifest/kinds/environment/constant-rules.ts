/** Constants for the location, identity and permissions of WordPress; Pressluft sets them or leaves them unset. */
const managed = new Set([
  'ABSPATH',
  'AUTOMATIC_UPDATER_DISABLED',
  'CUSTOM_USER_META_TABLE',
  'CUSTOM_USER_TABLE',
  'DISABLE_WP_CRON',
  'DISALLOW_FILE_EDIT',
  'DISALLOW_FILE_MODS',
  'DOMAIN_CURRENT_SITE',
  'FS_METHOD',
  'MULTISITE',
  'PATH_CURRENT_SITE',
  'STYLESHEETPATH',
  'SUBDOMAIN_INSTALL',
  'TEMPLATEPATH',
  'UPLOADS',
  'WPINC',
  'WP_ALLOW_MULTISITE',
  'WP_AUTO_UPDATE_CORE',
  'WP_CONTENT_DIR',
  'WP_CONTENT_URL',
  'WP_ENVIRONMENT_TYPE',
  'WP_HOME',
  'WP_LANG_DIR',
  'WP_PLUGIN_DIR',
  'WP_PLUGIN_URL',
  'WP_SITEURL',
  'WP_TEMP_DIR',
]);
const managedPrefixes = ['DB_', 'FTP_', 'PRESSLUFT_', 'WPMU_', 'WP_CLI_', 'WP_REDIS_'];
const secretSuffix = /(^|_)(KEY|SALT|SECRET|PASSWORD|PASS|TOKEN)$/;

/** Why a constant is refused; undefined when it may be set. */
export function constantFault(name: string): string | undefined {
  if (managed.has(name) || managedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return `the constant ${name} is set by Pressluft`;
  }
  if (secretSuffix.test(name)) return `the constant ${name} looks like a secret, which must not be in Git`;
  return undefined;
}
