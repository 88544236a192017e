import { describe, expect, it, test } from 'vitest';
import { requestLimits } from '../../src/manifest/kinds/environment/php-limits.ts';
import rules from '../../src/manifest/kinds/environment/setting-rules.json' with { type: 'json' };
import { constantFault, phpIniFault } from '../../src/manifest/kinds/environment/setting-rules.ts';
import { phpBytes, type SettingRule } from '../../src/manifest/kinds/environment/setting-value.ts';
import { fleetWith, load } from './fleet-fixture.ts';
import { documents, environment, manifest } from './semantic-fixture.ts';

describe('php.ini settings', () => {
  test.each([
    'open_basedir',
    'disable_functions',
    'session.save_path',
    'FFI.enable',
    'extension',
    'memory_limit',
    'xdebug.mode',
    'opcache.file_cache',
    'opcache.validate_root',
    'opcache.preload',
    'opcache.use_cwd',
    'sendmail_path',
    'include_path',
    'auto_prepend_file',
  ])('%s is refused, also with a permission of the node', (name) => {
    expect(phpIniFault(name, 1)?.kind).toBe('refused');
    expect(phpIniFault(name, 1, [name])?.kind).toBe('refused');
  });

  test.each([
    ['upload_max_filesize', '64M'],
    ['post_max_size', 67_108_864],
    ['max_execution_time', 60],
    ['max_execution_time', '60'],
    ['display_errors', true],
    ['display_errors', 'Off'],
    ['session.gc_maxlifetime', 1440],
    ['session.cookie_samesite', 'Lax'],
    ['opcache.enable', false],
    ['date.timezone', 'Europe/Vienna'],
    ['output_buffering', 4096],
    ['output_buffering', true],
  ])('%s may be %j', (name, value) => expect(phpIniFault(name, value)).toBeUndefined());

  test.each([
    ['post_max_size', '64MB', '64M: a whole number with K, M or G, from 1M to 2G'],
    ['post_max_size', '64 MiB', '64M: a whole number with K, M or G, from 1M to 2G'],
    ['post_max_size', '64m', '64M: a whole number with K, M or G, from 1M to 2G'],
    ['post_max_size', 64, 'a whole number with K, M or G, from 1M to 2G'],
    ['post_max_size', '3G', 'a whole number with K, M or G, from 1M to 2G'],
    ['max_input_vars', 'five', 'a whole number from 100 to 100000'],
    ['max_input_vars', true, 'a whole number from 100 to 100000'],
    ['max_input_vars', 1000.5, 'a whole number from 100 to 100000'],
    ['max_execution_time', '60s', '60: a whole number of seconds from 1 to 600, without a unit'],
    ['max_execution_time', 0, 'a whole number of seconds from 1 to 600, without a unit'],
    ['session.cookie_samesite', 'lax', 'one of Lax, Strict, None, ""'],
    ['display_errors', 'stdout', 'true or false, without quotes'],
    ['error_reporting', 'E_ALL', 'a whole number from 0 to 32767'],
  ])('%s may not be %j: %s', (name, value, expected) =>
    expect(phpIniFault(name, value)).toMatchObject({ kind: 'value', expected }),
  );

  test('a time zone that does not exist is answered with the one that is meant', () =>
    expect(phpIniFault('date.timezone', 'Vienna')).toMatchObject({
      kind: 'value',
      suggestion: 'Europe/Vienna',
    }));

  test('an unknown name is an error with the nearest name, unless the node allows it', () => {
    expect(phpIniFault('max_execution_tme', 60)).toMatchObject({
      kind: 'unknown',
      suggestion: 'max_execution_time',
    });
    expect(phpIniFault('newrelic.appname', 'shop')?.kind).toBe('unknown');
    expect(phpIniFault('newrelic.appname', 'shop', ['newrelic.appname'])).toBeUndefined();
    expect(phpIniFault('newrelic.appname', 'a"\nb', ['newrelic.appname'])?.kind).toBe('value');
  });
});

describe('constants', () => {
  test.each([
    'DB_PASSWORD',
    'NONCE_SALT',
    'LOGGED_IN_KEY',
    'ABSPATH',
    'WP_REDIS_PREFIX',
    'DISALLOW_FILE_MODS',
    'STRIPE_SECRET',
    'WP_HOME',
  ])('%s is refused, also with a permission of the node', (name) => {
    expect(constantFault(name, 'a')?.kind).toBe('refused');
    expect(constantFault(name, 'a', [name])?.kind).toBe('refused');
  });

  test.each([
    ['WP_DEBUG', true],
    ['WP_POST_REVISIONS', 10],
    ['WP_POST_REVISIONS', false],
    ['EMPTY_TRASH_DAYS', 7],
    ['WP_MEMORY_LIMIT', '128M'],
    ['COOKIE_DOMAIN', ''],
    ['SHOP_TITLE', 'any text: "\\\' ü'],
    ['SHOP_FACTOR', 1.5],
  ])('%s may be %j', (name, value) => expect(constantFault(name, value)).toBeUndefined());

  test.each([
    ['WP_MEMORY_LIMIT', '512MB', '512M: a whole number with K, M or G, from 32M to 2G'],
    ['WP_DEBUG', 'false', 'true or false, without quotes'],
    ['WP_DEBUG', 0, 'true or false, without quotes'],
    ['WP_POST_REVISIONS', '10', 'a whole number from -1 to 10000, or true or false'],
    ['WP_DEVELOPMENT_MODE', 'themes', 'one of core, plugin, theme, all, ""'],
  ])('%s may not be %j: %s', (name, value, expected) =>
    expect(constantFault(name, value)).toMatchObject({ kind: 'value', expected }),
  );

  test('a name of its own needs a prefix; WP_ belongs to WordPress and its plugins, which a node can allow', () => {
    expect(constantFault('KEYBOARD', 'a')?.kind).toBe('unknown');
    expect(constantFault('WP_SENTRY_ENV', 'a')?.kind).toBe('unknown');
    expect(constantFault('WP_SENTRY_ENV', 'a', ['WP_SENTRY_ENV'])).toBeUndefined();
    expect(constantFault('WP_MEMORY_LIMT', '1G')).toMatchObject({
      kind: 'unknown',
      suggestion: 'WP_MEMORY_LIMIT',
    });
  });

  test('a name of its own that is almost one of WordPress is probably a misspelling', () =>
    expect(constantFault('AUTOSAVE_INTERVALL', 60)).toMatchObject({
      kind: 'misspelt',
      suggestion: 'AUTOSAVE_INTERVAL',
    }));
});

describe('the list of settings', () => {
  const all: readonly (readonly [string, SettingRule])[] = [
    ...Object.entries(rules.ini.known as Readonly<Record<string, SettingRule>>),
    ...Object.entries(rules.constants.known as Readonly<Record<string, SettingRule>>),
  ];

  it('has no setting that is also refused', () => {
    expect(rules.ini.refused.filter((name) => Object.hasOwn(rules.ini.known, name))).toEqual([]);
    const names = Object.keys(rules.constants.known);
    const secret = new RegExp(`^(?:${rules.constants.secret})$`, 'u');
    const taken = (name: string) =>
      rules.constants.managed.includes(name) ||
      rules.constants.managedPrefixes.some((prefix) => name.startsWith(prefix)) ||
      secret.test(name);
    expect(names.filter(taken)).toEqual([]);
  });

  it('has ranges that are not empty', () => {
    const empty = all.filter(
      ([, rule]) =>
        ('min' in rule && rule.type !== 'size' && rule.min >= rule.max) ||
        (rule.type === 'size' && (phpBytes(rule.min) ?? 0) >= (phpBytes(rule.max) ?? 0)),
    );
    expect(empty).toEqual([]);
  });
});

describe('the limits of a request', () => {
  test.each([
    [{ memoryLimit: '256M' }, { upload: '64M', post: '64M', body: '64M' }],
    [{ memoryLimit: '32M' }, { upload: '32M', post: '32M', body: '32M' }],
    [
      { memoryLimit: '512M', upload: '200M' },
      { upload: '200M', post: '200M', body: '200M' },
    ],
    [
      { memoryLimit: '512M', post: '16M' },
      { upload: '16M', post: '16M', body: '16M' },
    ],
    [
      { memoryLimit: '512M', body: '128M' },
      { upload: '64M', post: '128M', body: '128M' },
    ],
    [
      { memoryLimit: '256M', upload: '1G' },
      { upload: '1G', post: '1G', body: '1G' },
    ],
  ])('%j gives %j', (given, limits) => expect(requestLimits(given)).toEqual(limits));
});

/** Findings of the settings in file:line form. */
function found(files: Readonly<Record<string, string>>): string[] {
  return load(fleetWith(files))
    .diagnostics.filter(({ code }) => code >= 'PL1170' && code <= 'PL1189')
    .map(({ file, line, severity, code, message }) => `${file}:${line} ${severity} ${code} ${message}`);
}

function staging(...lines: readonly string[]): Record<string, string> {
  const head = ['site: acme', 'node: web-1', 'type: staging'];
  return {
    'a.yaml': [
      'apiVersion: pressluft.dev/v1',
      'kind: Environment',
      'metadata: { name: acme-staging }',
      'spec:',
      ...[...head, ...lines].map((line) => `  ${line}`),
      '',
    ].join('\n'),
  };
}

describe('settings against those that they depend on', () => {
  test.each([
    [
      'php: { ini: { upload_max_filesize: 128M, post_max_size: 64M } }',
      'a.yaml:8 error PL1172 upload_max_filesize 128M is larger than post_max_size 64M',
    ],
    [
      'php: { ini: { upload_max_filesize: 1G } }',
      'a.yaml:8 error PL1172 upload_max_filesize 1G is larger than the memory limit of 256M',
    ],
    [
      'php: { memoryLimit: 64M, ini: { post_max_size: 128M } }',
      'a.yaml:8 error PL1172 post_max_size 128M is larger than the memory limit of 64M',
    ],
    [
      'php: { ini: { max_execution_time: 600 } }',
      'a.yaml:8 error PL1172 max_execution_time is 600 seconds, and requests are ended after 60s',
    ],
    [
      'nginx: { clientMaxBodySize: 1G }',
      'a.yaml:8 warning PL1172 nginx takes requests of 1G, and PHP drops forms of more than 256M',
    ],
    [
      'wordpress: { constants: { WP_MEMORY_LIMIT: 512M } }',
      'a.yaml:8 warning PL1172 WP_MEMORY_LIMIT 512M has no effect beyond the memory limit of 256M',
    ],
  ])('%s', (line, finding) => expect(found(staging(line))).toEqual([finding]));

  test.each([
    'php: { ini: { upload_max_filesize: 128M } }',
    'php: { memoryLimit: 1G, ini: { upload_max_filesize: 1G } }',
    'php: { memoryLimit: 64M }',
    'php: { ini: { max_execution_time: 60 } }',
    'php: { ini: { max_execution_time: 600 }, pool: { requestTerminateTimeout: 10m } }',
    'nginx: { clientMaxBodySize: 8M }',
    'wordpress: { constants: { WP_MEMORY_LIMIT: 256M } }',
  ])('%s is accepted', (line) => expect(found(staging(line))).toEqual([]));

  it('meets the defaults of the site, and says so', () => {
    const site = manifest(
      'Site',
      'acme',
      'title: Acme, adminEmail: a@acme.example, defaults: { wordpress: { version: 7.1.1 }, php: { ini: { post_max_size: 300M } } }',
    );
    expect(found({ 'sites/acme.yaml': site, ...staging() })).toEqual([
      'a.yaml:5 error PL1172 post_max_size 300M is larger than the memory limit of 256M (from the defaults of the site)',
    ]);
  });

  it.each(['11m', '601s', '1h', '999999h'])('a request of %s is too long', (timeout) => {
    const files = fleetWith(staging(`php: { pool: { requestTerminateTimeout: ${timeout} } }`));
    expect(load(files).diagnostics.map(({ code, line }) => [code, line])).toEqual([['PL1034', 8]]);
  });
});

describe('settings that a node allows', () => {
  const node = (allowed: string) =>
    manifest('Node', 'web-1', `provider: hetzner, serverType: cx23, php: { allowSettings: [${allowed}] }`);
  const used = staging(
    'php: { ini: { newrelic.appname: shop } }',
    'wordpress: { constants: { WP_SENTRY_ENV: live } }',
  );

  it('are errors elsewhere, at their name', () => {
    expect(found(used)).toEqual([
      'a.yaml:8 error PL1170 there is no php.ini setting "newrelic.appname" that a manifest may set',
      'a.yaml:9 error PL1170 WordPress has no constant "WP_SENTRY_ENV" that a manifest may set',
    ]);
  });

  it('reach the environment that has them, and no other one', () => {
    const files = {
      'nodes/web-1.yaml': node('newrelic.appname, WP_SENTRY_ENV, newrelic.enabled'),
      ...used,
    };
    expect(found(files)).toEqual([]);
    const environments = load(fleetWith(files)).fleet?.environments;
    const allowed = [...(environments?.values() ?? [])].map(({ name, php }) => [name, php.allowedSettings]);
    expect(Object.fromEntries(allowed)).toEqual({
      'acme-production': [],
      'acme-staging': ['WP_SENTRY_ENV', 'newrelic.appname'],
    });
  });

  it('are never those that isolate, and need no entry when they are in the list', () => {
    const allowed = node('open_basedir, opcache.preload, DB_HOST, WP_DEBUG');
    expect(found({ 'nodes/web-1.yaml': allowed })).toEqual([
      'nodes/web-1.yaml:4 error PL1173 open_basedir would break the isolation between environments',
      'nodes/web-1.yaml:4 error PL1173 opcache.preload would break the isolation between environments',
      'nodes/web-1.yaml:4 error PL1173 the constant DB_HOST is set by Pressluft',
      'nodes/web-1.yaml:4 warning PL1173 WP_DEBUG needs no permission',
    ]);
  });

  it('are found in the defaults of a site at each environment', () => {
    const site = manifest(
      'Site',
      'acme',
      'title: Acme, adminEmail: a@acme.example, defaults: { wordpress: { version: 7.1.1 }, php: { ini: { max_execution_tme: 60 } } }',
    );
    const both = documents(environment('acme-a'), environment('acme-b'));
    const files = { 'sites/acme.yaml': site, 'environments/production.yaml': both };
    expect(found(files).map((line) => line.slice(0, 45))).toEqual([
      'environments/production.yaml:4 error PL1170 t',
      'environments/production.yaml:9 error PL1170 t',
    ]);
  });
});
