/**
 * php.ini settings that a manifest may not set. Source: the core directives of the PHP manual that name paths, load code
 * or weaken the isolation between the pools of a node (https://www.php.net/manual/en/ini.core.php).
 */
const refused = new Set([
  'allow_url_include',
  'auto_append_file',
  'auto_prepend_file',
  'disable_classes',
  'disable_functions',
  'doc_root',
  'enable_dl',
  'error_log',
  'extension',
  'extension_dir',
  'include_path',
  'mail.force_extra_parameters',
  'mail.log',
  'opcache.error_log',
  'opcache.file_cache',
  'opcache.lockfile_path',
  'opcache.preload',
  'opcache.preload_user',
  'opcache.restrict_api',
  'open_basedir',
  'sendmail_from',
  'sendmail_path',
  'session.save_handler',
  'session.save_path',
  'soap.wsdl_cache_dir',
  'sys_temp_dir',
  'upload_tmp_dir',
  'user_dir',
  'user_ini.cache_ttl',
  'user_ini.filename',
  'zend_extension',
]);
const refusedPrefixes = ['cgi.', 'fastcgi.', 'ffi.', 'phar.', 'xdebug.'];

/** Why a php.ini setting is refused; undefined when it may be set. */
export function phpIniFault(setting: string): string | undefined {
  const name = setting.toLowerCase();
  if (name === 'memory_limit') return 'memory_limit is set by php.memoryLimit';
  if (refused.has(name) || refusedPrefixes.some((prefix) => name.startsWith(prefix))) {
    return `${setting} would break the isolation between environments`;
  }
  return undefined;
}
