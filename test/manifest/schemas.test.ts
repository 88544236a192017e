import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import common from '../../schemas/common.schema.json' with { type: 'json' };
import { resourceKinds } from '../../src/fleet/resource.ts';
import { defaultOwners } from '../../src/fleet/setting-owners.ts';
import { providerTypes } from '../../src/manifest/kinds/provider/types/index.ts';
import { systemDefaults } from '../../src/manifest/resolve/system-defaults.ts';
import { bundleSchema } from '../../src/manifest/schema/bundle-schema.ts';
import { compileValidators, schemas } from '../../src/manifest/schema/validators.ts';

type Schema = { readonly [key: string]: unknown };

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every property with its path; references are followed to their definitions. */
function properties(schema: unknown, path: string): [string, Schema][] {
  if (!isSchema(schema)) return [];
  const own = Object.entries(isSchema(schema.properties) ? schema.properties : {}).flatMap(
    ([key, value]): [string, Schema][] =>
      isSchema(value) ? [[`${path}.${key}`, value], ...properties(value, `${path}.${key}`)] : [],
  );
  const defined = Object.entries(isSchema(schema.definitions) ? schema.definitions : {}).flatMap(
    ([key, value]): [string, Schema][] =>
      isSchema(value) ? [[`${path}#${key}`, value], ...properties(value, `${path}#${key}`)] : [],
  );
  const items: [string, Schema][] = isSchema(schema.items)
    ? [[`${path}[]`, schema.items], ...properties(schema.items, `${path}[]`)]
    : [];
  return [...own, ...items, ...defined];
}

/** Every subschema, with its JSON pointer. */
function pointers(value: unknown, pointer: string): [string, Schema][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => pointers(item, `${pointer}/${index}`));
  if (!isSchema(value)) return [];
  const below = Object.entries(value).flatMap(([key, member]) =>
    ['examples', 'default', 'enum', 'const'].includes(key) && !pointer.endsWith('/properties')
      ? []
      : pointers(member, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  return typeof value.description === 'string' ? [[pointer, value], ...below] : below;
}

const all = Object.entries({ ...schemas, common }).flatMap(([kind, schema]) => properties(schema, kind));

describe('schemas', () => {
  test('compile in strict mode', () => {
    const validators = compileValidators();
    expect(Object.keys(schemas)).toEqual(resourceKinds);
    for (const kind of resourceKinds) expect(validators(kind)({ kind }), kind).toBe(false);
  });

  test('explain every field with a title and a description', () => {
    const bare = all.filter(([path, { $ref, title, description }]) => {
      if ($ref !== undefined || /\.(apiVersion|kind)$/.test(path)) return false;
      return typeof title !== 'string' || typeof description !== 'string';
    });
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test('give an example of every scalar field', () => {
    const bare = all.filter(([path, { type, enum: values, examples }]) => {
      if (/\.(apiVersion|kind)$/.test(path) || path === 'common#slug') return false;
      const scalar =
        values !== undefined || ['string', 'integer', 'number', 'boolean'].includes(String(type));
      return scalar && !(Array.isArray(examples) && examples.length > 0);
    });
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test('explain every pattern in words', () => {
    const bare = all.filter(
      ([, { pattern, patternErrorMessage }]) => pattern !== undefined && patternErrorMessage === undefined,
    );
    expect(bare.map(([path]) => path)).toEqual([]);
  });

  test.each(resourceKinds)('of %s accept their own examples and defaults', (kind) => {
    const whole = bundleSchema(kind);
    const ajv = new Ajv({ allErrors: true, strict: false });
    const id = 'whole.json';
    ajv.addSchema({ ...whole, $id: id });
    const refused = pointers(whole, '').flatMap(([pointer, schema]) => {
      const { examples, default: fallback } = schema;
      const values = [
        ...(Array.isArray(examples) ? examples : []),
        ...(fallback === undefined ? [] : [fallback]),
      ];
      if (values.length === 0) return [];
      const validate = ajv.getSchema(`${id}#${encodeURI(pointer)}`);
      return values
        .filter((value) => validate?.(value) !== true)
        .map((value) => `${pointer}: ${JSON.stringify(value)}`);
    });
    expect(refused).toEqual([]);
  });

  test('use regular expressions that tools without look-around support', () => {
    const texts = Object.values({ ...schemas, common }).map((schema) => JSON.stringify(schema));
    expect(texts.filter((text) => /\(\?[^:]|\\\\[1-9bBpP]/.test(text))).toEqual([]);
  });

  test.each([
    [
      'common#packageVersion',
      ['5.7.2', '1', 'v1.2', 'beta-2', '1.0-rc.1+x'],
      ['latest', '', '1.', '-1', '^1.2', 'v', '.1'],
    ],
    ['Pressluft.spec.statusBranch', ['status', 'pressluft/status', 'a.b/c'], ['/a', 'a/', 'a b', '.a']],
    [
      'common#secret.sops.file',
      ['a.sops.yaml', 'secrets/x.json', '.secrets/a.yml'],
      ['/a.yaml', '../a.yaml', 'a/../b.yaml', './a.yml', 'a.txt'],
    ],
    [
      'Pressluft.spec.secrets.recipients[]',
      [
        'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
        'age1pq1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2e',
      ],
      ['age1', 'AGE-SECRET-KEY-1QL3Z7', 'ssh-ed25519 AAAA', 'age1QL3Z7HJY54PW3HYWW5AYYFG7ZQ'],
    ],
    ['BackupRepository.spec.local.path', ['/var/backups', '/a/b/'], ['var', '/', '/a/../b', '/a//b', '/..']],
    ['BackupRepository.spec.sftp.path', ['backups', '/srv/x', 'a/b/'], ['..', 'a/../b', '/', 'a//b', '']],
  ])('accept and refuse the right values: %s', (path, good, bad) => {
    const { pattern } = new Map(all).get(path) ?? {};
    const expression = new RegExp(String(pattern), 'u');
    expect(good.filter((text) => !expression.test(text))).toEqual([]);
    expect(bad.filter((text) => expression.test(text))).toEqual([]);
  });

  test('document the defaults that are filled in', () => {
    const promised = new Map(all.map(([path, { default: value }]) => [path, value]));
    expect({
      interval: promised.get('Pressluft.spec.interval'),
      statusBranch: promised.get('Pressluft.spec.statusBranch'),
      previewDomain: promised.get('Pressluft.spec.previewDomain'),
      deletionBudget: promised.get('Pressluft.spec.deletionBudget'),
      concurrency: promised.get('Pressluft.spec.concurrency'),
      endpoint: promised.get('Provider.spec.endpoint'),
      location: promised.get('Provider.spec.location'),
      sshFrom: promised.get('Provider.spec.firewall.sshFrom'),
      image: promised.get('Node.spec.image'),
      swap: promised.get('Node.spec.swap'),
      timezone: promised.get('Node.spec.timezone'),
      port: promised.get('Node.spec.port'),
      user: promised.get('Node.spec.user'),
      phpVersion: promised.get('Environment#php.version'),
      memoryLimit: promised.get('Environment#php.memoryLimit'),
      maxChildren: promised.get('Environment#php.pool.maxChildren'),
      idleTimeout: promised.get('Environment#php.pool.idleTimeout'),
      locale: promised.get('Environment#wordpress.locale'),
      owners: Object.fromEntries(
        Object.keys(defaultOwners).map((name) => [name, promised.get(`Environment#manage.${name}`)]),
      ),
      objectCache: promised.get('Environment#cache.object'),
      objectCacheMemory: promised.get('Environment#cache.memory'),
      deletionPolicy: promised.get('Environment#deletionPolicy'),
      windowRisks: promised.get('Pressluft.spec.maintenance.windows[].risks'),
      freezeRisks: promised.get('Pressluft.spec.maintenance.freezes[].risks'),
      overrun: promised.get('Pressluft.spec.maintenance.windows[].overrun'),
      notificationEvents: promised.get('Pressluft.spec.notifications[].events'),
      scheduleTimezone: promised.get('common#timezone'),
      backupScope: promised.get('common#backupScope'),
      retention: promised.get('BackupPolicy.spec.retention'),
      promotedParts: promised.get('Promotion.spec.parts'),
      sftpPort: promised.get('BackupRepository.spec.sftp.port'),
    }).toEqual({
      interval: `${systemDefaults.intervalMs / 1000}s`,
      statusBranch: systemDefaults.statusBranch,
      previewDomain: systemDefaults.previewDomain,
      deletionBudget: systemDefaults.deletionBudget,
      concurrency: systemDefaults.concurrency,
      endpoint: providerTypes.hetzner.endpoint,
      location: providerTypes.hetzner.location,
      sshFrom: systemDefaults.anywhere,
      image: providerTypes.hetzner.image,
      swap: systemDefaults.swap,
      timezone: systemDefaults.timezone,
      port: systemDefaults.sshPort,
      user: systemDefaults.sshUser,
      phpVersion: systemDefaults.phpVersion,
      memoryLimit: systemDefaults.memoryLimit,
      maxChildren: systemDefaults.pool.maxChildren,
      idleTimeout: systemDefaults.pool.idleTimeout,
      locale: systemDefaults.locale,
      owners: defaultOwners,
      objectCache: systemDefaults.objectCache,
      objectCacheMemory: systemDefaults.objectCacheMemory,
      deletionPolicy: systemDefaults.deletionPolicy,
      windowRisks: systemDefaults.windowRisks,
      freezeRisks: systemDefaults.freezeRisks,
      overrun: systemDefaults.overrun,
      notificationEvents: systemDefaults.notificationEvents,
      scheduleTimezone: systemDefaults.timezone,
      backupScope: systemDefaults.backupScope,
      retention: systemDefaults.retention,
      promotedParts: systemDefaults.promotedParts,
      sftpPort: systemDefaults.sftpPort,
    });
  });
});
