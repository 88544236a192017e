import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCached, type LoadedFleet, loadFleet, type ManifestFile } from '../../src/manifest/index.ts';
import { parseAhead } from '../../src/manifest/read-files.ts';
import { commit, emptyCache, load, soundFleet, textFile } from './fleet-fixture.ts';

const document = (kind: string, name: string, spec: string, more = '') =>
  `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n${more}`;

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const nodeName = oneOf('web-1', 'web-2', 'web-3', 'web-x');
const siteName = oneOf('acme', 'blog', 'shop', 'none');
const environmentName = oneOf('acme-production', 'acme-staging', 'blog-production', 'shop-production');
const policyName = oneOf('nightly', 'weekly');

const provider = fc
  .tuple(oneOf('hetzner', 'other'), oneOf('hetzner, token: { env: HCLOUD_TOKEN }', 'static'))
  .map(([name, type]) => document('Provider', name, `{ type: ${type} }`));
const node = fc
  .tuple(
    nodeName,
    oneOf('hetzner', 'other', 'gone'),
    oneOf('serverType: cx23', 'serverType: cpx51', 'serverType: nope', 'address: 192.0.2.1'),
    oneOf('["8.2"]', '["8.4"]'),
  )
  .map(([name, on, type, php]) =>
    document('Node', name, `{ provider: ${on}, ${type}, php: { versions: ${php} } }`),
  );
const site = fc
  .tuple(
    siteName,
    oneOf('7.1.1', '9.9.9', ''),
    oneOf('8.2', '8.4'),
    oneOf('40', '2'),
    oneOf('', 'tls: { mode: acme }'),
  )
  .map(([name, version, php, workers, tls]) =>
    document(
      'Site',
      name,
      `\n  title: A\n  adminEmail: a@${name}.example\n  defaults:\n    php: { version: "${php}", pool: { pm: static, maxChildren: ${workers} } }\n${
        version === '' ? '' : `    wordpress: { version: ${version} }\n`
      }${tls === '' ? '' : `    ${tls}\n`}`,
    ),
  );
const environment = fc
  .tuple(
    environmentName,
    siteName,
    nodeName,
    oneOf('a.example', 'b.example', 'c.example'),
    oneOf(
      '',
      'php: { version: "8.4" }',
      'state: stopped',
      'wordpress: { activeTheme: x }',
      'deletionPolicy: backup-then-delete',
    ),
    oneOf('', 'backups: { policy: nightly }', 'source: { clone: acme-production }'),
  )
  .map(([name, of, on, domain, ...more]) =>
    document(
      'Environment',
      name,
      `{ ${[`site: ${of}`, `node: ${on}`, 'type: staging', `domains: { primary: ${domain} }`, ...more].filter((part) => part !== '').join(', ')} }`,
    ),
  );
const policy = fc
  .tuple(policyName, oneOf('vault', 'none'))
  .map(([name, repository]) =>
    document('BackupPolicy', name, `{ repository: ${repository}, schedule: { cron: "0 3 * * *" } }`),
  );
const repository = fc.constant(
  document(
    'BackupRepository',
    'vault',
    '{ local: { path: /srv/backups }, password: { env: RESTIC_PASSWORD } }',
  ),
);
const request = fc
  .tuple(oneOf('Backup', 'Promotion'), environmentName, environmentName)
  .map(([kind, a, b]) =>
    document(kind, 'once', kind === 'Backup' ? `{ environment: ${a} }` : `{ from: ${a}, to: ${b} }`),
  );
const broken = oneOf(
  'a: [\n',
  document('Site', 'acme', '{ titel: x }'),
  document('Environment', 'acme-staging', '{ site: acme'),
);

const anyDocument = fc.oneof(
  { arbitrary: environment, weight: 4 },
  { arbitrary: site, weight: 2 },
  { arbitrary: node, weight: 2 },
  provider,
  policy,
  repository,
  request,
  broken,
);

const text = fc.oneof(
  {
    arbitrary: fc.array(anyDocument, { minLength: 1, maxLength: 3 }).map((all) => all.join('---\n')),
    weight: 6,
  },
  fc.constant(null),
);
const edit = fc.oneof(
  {
    arbitrary: fc.tuple(
      oneOf('a', 'b', 'c', 'd', 'e', 'f', 'g').map((name) => `${name}.yaml`),
      text,
    ),
    weight: 12,
  },
  fc.tuple(
    fc.constant('pressluft.yaml'),
    oneOf(soundFleet['pressluft.yaml'] ?? '', `${soundFleet['pressluft.yaml']}# other\n`, 'kind: [', null),
  ),
);

/** The result of a load, without functions. */
function seen({ fleet, ...rest }: LoadedFleet) {
  if (fleet === undefined) return { ...rest, fleet };
  const { locate, ...values } = fleet;
  const places = rest.resources.map(({ ref }) => [locate(ref, '/spec/php/version'), locate(ref, '')]);
  return { ...rest, fleet: values, places };
}

describe('a load with the cache of the last one', () => {
  test('gives the same as a load from scratch, after any sequence of changes', { timeout: 60_000 }, () => {
    const start = Object.entries(soundFleet).map(([path, content]) => [path, content] as const);
    fc.assert(
      fc.property(
        fc.array(fc.array(edit, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        (commits) => {
          const cache = emptyCache();
          const files = new Map<string, ManifestFile>(
            start.map(([path, content]) => [path, textFile(path, content)]),
          );
          loadFleet([...files.values()], commit, { cache });
          for (const edits of commits) {
            for (const [path, content] of edits) {
              if (content === null) files.delete(path);
              else files.set(path, textFile(path, content));
            }
            const all = [...files.values()];
            const changed = all.map((file) =>
              isCached(cache, file) ? { ...file, bytes: 'cached' as const } : file,
            );
            expect(seen(loadFleet(changed, commit, { cache }))).toEqual(seen(load(all)));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('checks again when known facts about providers change', () => {
    const cache = emptyCache();
    const files = Object.entries(soundFleet).map(([path, content]) => textFile(path, content));
    const serverTypes = new Map([['hetzner', []]]);
    const before = loadFleet(files, commit, { cache });
    const after = loadFleet(files, commit, { cache, serverTypes });
    expect(seen(after)).toEqual(seen(load(files, { serverTypes })));
    expect(after.diagnostics).not.toEqual(before.diagnostics);
  });

  test('gives unchanged environments as the same objects', () => {
    const cache = emptyCache();
    const files = Object.entries(soundFleet).map(([path, content]) => textFile(path, content));
    const first = loadFleet(files, commit, { cache }).fleet;
    const more = textFile('b.yaml', document('Site', 'blog', '{ title: B, adminEmail: b@blog.example }'));
    const next = loadFleet([...files, more], commit, { cache }).fleet;
    expect(next?.sites.size).toBe((first?.sites.size ?? 0) + 1);
    for (const [name, value] of first?.environments ?? []) expect(next?.environments.get(name)).toBe(value);
  });
});

test('files that were parsed in advance need no content', () => {
  const cache = emptyCache();
  const files = Object.entries(soundFleet).map(([path, content]) => textFile(path, content));
  parseAhead(files.slice(0, 2), cache);
  parseAhead(files.slice(2), cache);
  const loaded = loadFleet(
    files.map((file) => ({ ...file, bytes: 'cached' as const })),
    commit,
    { cache },
  );
  expect(seen(loaded)).toEqual(seen(load(files)));
});
