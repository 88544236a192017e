import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { ResourceKind } from '../../src/fleet/resource.ts';
import { isError } from '../../src/manifest/index.ts';
import { parseFile } from '../../src/manifest/parse-file.ts';
import { emptyCache, textFile } from './fleet-fixture.ts';
import { damaged } from './yaml/arbitrary-text.ts';

const { validators } = emptyCache();

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const some = <T>(values: { [K in keyof T]: fc.Arbitrary<T[K]> }, required: readonly (keyof T)[]) =>
  fc.record(values, { requiredKeys: [...required] }) as fc.Arbitrary<T>;

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
/** Text that one line of a manifest may have, with everything that YAML could misread. */
const title = fc
  .oneof(
    oneOf(
      'yes',
      'null',
      '~',
      '1e3',
      '0x10',
      '- a',
      '# b',
      'a: b',
      "it's",
      '"q"',
      '[x]',
      '*a',
      '&a',
      '!t',
      '| x',
      '8.10',
      ' Ä 漢 🚀',
    ),
    fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme-composite' }),
  )
  .filter(
    (text) =>
      text.trim() === text && !/[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}\u00ad]|\{[{%#]/u.test(text) && text !== '',
  );
const host = name.map((label) => `${label}.acme.test`);
const email = name.map((label) => `${label}@acme.org`);
const version = oneOf('7.1.1', '7.1', '8.10', '10.0');
const php = oneOf('8.2', '8.0', '7.4');
const sha256 = oneOf('0123456789abcdef'.repeat(4), '1'.repeat(64));
const secret = fc.oneof(
  fc.stringMatching(/^PRESSLUFT_SECRET_[A-Z0-9]{1,9}$/).map((env) => ({ env })),
  name.map((file) => ({ file: `${file}.key` })),
);
const schedule = some({ cron: oneOf('0 3 * * *', '*/15 * * * *'), timezone: oneOf('UTC', 'Europe/Berlin') }, [
  'cron',
]);
const scope = oneOf('database', 'files', 'full');

const specs: Readonly<Record<ResourceKind, fc.Arbitrary<unknown>>> = {
  Pressluft: some(
    {
      interval: oneOf('90s', '5m', '1h'),
      previewDomain: oneOf('sslip.io', 'nip.io'),
      deletionBudget: some(
        { maxCount: fc.integer({ min: 0, max: 99 }), maxPercent: fc.integer({ min: 0, max: 100 }) },
        [],
      ),
      concurrency: fc.integer({ min: 1, max: 16 }),
      artifacts: some(
        {
          wordpress: fc.dictionary(version, sha256, { maxKeys: 3 }),
          plugins: fc.dictionary(
            oneOf('akismet', 'null', 'yes'),
            fc.dictionary(version, sha256, { minKeys: 1, maxKeys: 2 }),
            { maxKeys: 2 },
          ),
        },
        [],
      ),
    },
    [],
  ),
  Provider: fc.oneof(
    fc.constant({ type: 'static' }),
    some({ type: fc.constant('hetzner'), token: secret, location: oneOf('fsn1', 'nbg1', 'hel1') }, [
      'type',
      'token',
    ]),
  ),
  Node: some(
    {
      provider: name,
      serverType: oneOf('cx23', 'ccx53'),
      location: oneOf('fsn1', 'hel1'),
      php: fc.uniqueArray(php, { minLength: 1, maxLength: 3 }).map((versions) => ({ versions })),
      swap: oneOf<string | number>('1GiB', '512MiB', 0),
      timezone: oneOf('UTC', 'Europe/Berlin'),
      protected: fc.boolean(),
      state: oneOf('active', 'suspended'),
    },
    ['provider', 'serverType'],
  ),
  Site: some({ title, adminEmail: email, owner: title }, ['title', 'adminEmail']),
  Environment: some(
    {
      site: name,
      node: name,
      type: oneOf('production', 'staging', 'development'),
      domains: some({ primary: host, aliases: fc.uniqueArray(host, { maxLength: 1 }) }, ['primary']).filter(
        ({ primary, aliases = [] }) => !aliases.includes(primary),
      ),
      wordpress: some(
        {
          version,
          locale: oneOf('de_DE', 'en_US'),
          constants: fc.dictionary(
            oneOf('A_B', 'YES', 'NULL_X'),
            fc.oneof(title, fc.integer(), fc.boolean()),
            { maxKeys: 3 },
          ),
        },
        [],
      ),
      php: some({ version: php, memoryLimit: oneOf('256M', '1G') }, []),
      cache: some({ object: oneOf('redis', 'none'), memory: oneOf('32MiB', '1GiB') }, []),
      nginx: oneOf(
        { serverSnippet: 'add_header X-A "b";\nlocation /a {\n  return 404;\n}\n' },
        { serverSnippet: 'etag off;' },
      ),
      state: oneOf('running', 'stopped'),
      protected: fc.boolean(),
    },
    ['site', 'node', 'type'],
  ),
  BackupRepository: fc.oneof(
    some({ local: name.map((path) => ({ path: `/srv/${path}` })), password: secret }, ['local', 'password']),
    some(
      {
        s3: some(
          {
            endpoint: fc.constant('https://s3.acme.org'),
            bucket: oneOf('backups'),
            accessKeyId: secret,
            secretAccessKey: secret,
          },
          ['endpoint', 'bucket', 'accessKeyId', 'secretAccessKey'],
        ),
        password: secret,
      },
      ['s3', 'password'],
    ),
  ),
  BackupPolicy: some(
    {
      repository: name,
      schedule,
      scope,
      retention: some({ last: fc.integer({ min: 1, max: 99 }), daily: fc.integer({ min: 1, max: 99 }) }, [
        'last',
      ]),
      verification: fc.oneof(schedule, fc.constant(false)),
    },
    ['repository', 'schedule'],
  ),
  Backup: some({ environment: name, scope }, ['environment']),
  Restore: some(
    {
      environment: name,
      from: oneOf({ time: '2026-10-01T02:30:00Z' }, { time: '2026-10-01T02:30:00+02:00' }),
      scope,
    },
    ['environment', 'from'],
  ),
  Promotion: some(
    {
      from: name,
      to: name,
      parts: fc.uniqueArray(oneOf('core', 'plugins', 'themes', 'uploads'), { minLength: 1 }),
    },
    ['from', 'to'],
  ),
};

const style = fc.record({
  indent: fc.integer({ min: 1, max: 4 }),
  collectionStyle: oneOf('any' as const, 'block' as const, 'flow' as const),
  defaultStringType: oneOf('PLAIN' as const, 'QUOTE_SINGLE' as const, 'QUOTE_DOUBLE' as const),
  lineWidth: oneOf(0, 40, 80),
});

const resource = (kind: ResourceKind) =>
  fc
    .record({
      metadata: some({ name, labels: fc.dictionary(name, name, { maxKeys: 2 }) }, ['name']),
      spec: specs[kind],
    })
    .map(
      // Generated objects have no prototype, and parsed ones have one.
      (parts) => JSON.parse(JSON.stringify({ apiVersion: 'pressluft.dev/v1', kind, ...parts })),
    );

const fileOf = (kind: string) => (kind === 'Pressluft' ? 'pressluft.yaml' : `${kind}.yaml`);

describe('a resource that is printed and read again is the same', () => {
  test.each(Object.keys(specs) as ResourceKind[])('%s', (kind) => {
    fc.assert(
      fc.property(resource(kind), style, (value, options) => {
        const text = stringify(value, { ...options, aliasDuplicateObjects: false });
        const { documents, diagnostics } = parseFile(textFile(fileOf(kind), text), validators);
        expect(diagnostics.filter(isError), text).toEqual([]);
        expect(documents.map((document) => document.value)).toEqual([value]);
        expect(documents[0]).toMatchObject({
          kind,
          valid: true,
          ref: `${kind.toLowerCase()}/${value.metadata.name}`,
        });
      }),
      { numRuns: 60 },
    );
  });
});

test('a damaged resource of any kind gives a resource or a diagnostic, never an exception', () => {
  const kind = oneOf(...(Object.keys(specs) as ResourceKind[]));
  const text = kind.chain((of) =>
    fc.tuple(fc.constant(of), damaged(resource(of).map((value) => stringify(value)))),
  );
  fc.assert(
    fc.property(text, ([of, damage]) => {
      const { documents, diagnostics, documentCount } = parseFile(textFile(fileOf(of), damage), validators);
      const meant = damage.startsWith('apiVersion: pressluft.dev/v1\nkind: ');
      if (meant) expect(documents.length > 0 || diagnostics.length > 0, damage).toBe(true);
      expect(documents.length).toBeLessThanOrEqual(documentCount);
    }),
    { numRuns: 400 },
  );
});
