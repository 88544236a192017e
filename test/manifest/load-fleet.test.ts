import { describe, expect, test } from 'vitest';
import type { EnvironmentName, NodeName, ProviderName, ResourceRef } from '../../src/fleet/brand.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { createManifestCache, isCached, loadFleet } from '../../src/manifest/index.ts';
import { commit, fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

const production = 'acme-production' as EnvironmentName;

function environment(name: string, spec: string): string {
  return `apiVersion: pressluft.dev/v1\nkind: Environment\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

describe('a valid fleet', () => {
  const { fleet, diagnostics, resources, fileCount, documentCount } = load(fleetWith({}));

  test('has no diagnostics and counts its files and documents', () => {
    expect(diagnostics).toEqual([]);
    expect({ fileCount, documentCount }).toEqual({ fileCount: 5, documentCount: 5 });
    expect(resources.map(({ ref, quarantined }) => [ref, quarantined])).toContainEqual([
      'environment/acme-production',
      false,
    ]);
  });

  test('fills in defaults of the site, then of Pressluft', () => {
    expect(fleet?.environments.get(production)).toMatchObject({
      site: 'acme',
      node: 'web-1',
      state: 'running',
      deletionPolicy: 'retain',
      title: 'Acme',
      adminUser: 'acme-admin',
      wordpress: {
        version: '7.1.1',
        locale: 'en_US',
        core: { url: 'https://downloads.wordpress.org/release/wordpress-7.1.1.tar.gz' },
        plugins: [
          {
            slug: 'akismet',
            version: '5.7.2',
            active: false,
            url: 'https://downloads.wordpress.org/plugin/akismet.5.7.2.zip',
          },
        ],
        activeTheme: 'twentytwentyfive',
      },
      php: {
        version: '8.2',
        memoryLimit: '512M',
        ini: { max_input_vars: '3000', post_max_size: '64M', upload_max_filesize: '64M' },
        pool: { pm: 'ondemand', maxChildren: 5 },
      },
      access: { basicAuth: null, noindex: false },
    });
    expect(fleet?.nodes.get('web-1' as NodeName)).toMatchObject({
      kind: 'acquired',
      location: 'fsn1',
      image: 'debian-12',
      swapMib: 1024,
      labels: { tier: 'gold' },
    });
    expect(fleet?.providers.get('hetzner' as ProviderName)).toMatchObject({
      machines: 'acquired',
      grants: [],
      type: 'hetzner',
      token: { kind: 'env', name: 'HCLOUD_TOKEN' },
    });
  });

  test('takes default downloads from a mirror, and others from their own URL', () => {
    const sum = 'a'.repeat(64);
    const config = soundFleet['pressluft.yaml']?.replace(
      'wpCli:',
      `plugins: { x: { "1": { url: "https://own.example/x.zip", sha256: ${sum} } } }\n    wpCli:`,
    );
    const files = fleetWith({
      'pressluft.yaml': config?.replace(/\n {4}plugins: \{ akismet.*/, '') ?? '',
      'sites/acme.yaml': null,
      'environments/production.yaml': null,
    });
    const mirrored = load(files, { artifactMirror: 'http://10.0.0.1:8080/' }).fleet?.config.artifacts;
    expect(mirrored?.wordpress['7.1.1']?.url).toBe('http://10.0.0.1:8080/release/wordpress-7.1.1.tar.gz');
    expect(mirrored?.wpCli['2.12.0']?.url).toBe('http://10.0.0.1:8080/wp-cli/wp-cli-2.12.0.phar');
    expect(mirrored?.themes.twentytwentyfive?.['1.5']?.url).toBe(
      'http://10.0.0.1:8080/theme/twentytwentyfive.1.5.zip',
    );
    expect(mirrored?.plugins.x?.['1']).toEqual({ url: 'https://own.example/x.zip', sha256: sum });
  });

  test('allows an environment to leave out and override defaults of its site', () => {
    const { fleet: changed, diagnostics: none } = load(
      fleetWith({
        'environments/staging.yaml': environment(
          'acme-staging',
          '{ site: acme, node: web-1, type: staging, wordpress: { plugins: { akismet: false } }, php: { ini: { upload_max_filesize: 8M, display_errors: true } } }',
        ),
        'environments/dev.yaml': environment(
          'acme-dev',
          '{ site: acme, node: web-1, type: development, wordpress: { plugins: { akismet: 5.7.1 } } }',
        ),
      }),
    );
    expect(none).toEqual([]);
    const staging = changed?.environments.get('acme-staging' as EnvironmentName);
    expect(staging?.wordpress.plugins).toEqual([]);
    expect(staging?.php.ini).toEqual({
      display_errors: '1',
      max_input_vars: '3000',
      post_max_size: '64M',
      upload_max_filesize: '8M',
    });
    expect(staging?.access.noindex).toBe(true);
    expect(changed?.environments.get('acme-dev' as EnvironmentName)?.wordpress.plugins).toMatchObject([
      { version: '5.7.1', active: true },
    ]);
  });

  test('describes static nodes', () => {
    const { fleet: own } = load(
      fleetWith({
        'own.yaml': `apiVersion: pressluft.dev/v1
kind: Provider
metadata: { name: own }
spec: { type: static }
---
apiVersion: pressluft.dev/v1
kind: Node
metadata: { name: rack-1 }
spec: { provider: own, address: 198.51.100.20, port: 2222, user: deploy, hostKey: ssh-ed25519 AAAAC3Nz, swap: 0, protected: true }
`,
      }),
    );
    expect(own?.nodes.get('rack-1' as NodeName)).toMatchObject({
      kind: 'existing',
      address: '198.51.100.20',
      sshPort: 2222,
      sshUser: 'deploy',
      hostKey: 'ssh-ed25519 AAAAC3Nz',
      swapMib: 0,
      protected: true,
    });
  });
});

describe('which files are manifests', () => {
  test('files in dot-directories, of other types and of other tools are ignored', () => {
    const { diagnostics } = load(
      fleetWith({
        '.github/workflows/ci.yaml': 'on: push\n<<: *x\n',
        'notes.md': '{{ not yaml',
        'docs/.hidden/x.yaml': ':::',
        'compose.yaml': 'services: { db: { command: "{{ x }}" } }',
        'empty.yaml': '',
        'list.yaml': '- a\n- b\n',
      }),
    );
    expect(diagnostics).toEqual([]);
  });

  test('status documents are ignored only when they are on the source branch', () => {
    const files = fleetWith({ 'status/environment/acme-production.yaml': 'kind: [' });
    expect(load(files).diagnostics).not.toEqual([]);
    expect(load(files, { ignoreStatusPaths: true }).diagnostics).toEqual([]);
  });
});

describe('the cache', () => {
  test('parses only what changed, and keeps unchanged environments the same objects', () => {
    const cache = createManifestCache();
    const files = fleetWith({
      'environments/staging.yaml': environment('acme-staging', '{ site: acme, node: web-1, type: staging }'),
    });
    const first = loadFleet(files, commit, { cache }).fleet;
    const changed = textFile(
      'environments/staging.yaml',
      environment('acme-staging', '{ site: acme, node: web-1, type: development }'),
    );
    const next = files.map((file) => (file.path === changed.path ? changed : file));
    expect(next.filter((file) => !isCached(cache, file)).map(({ path }) => path)).toEqual([changed.path]);
    const second = loadFleet(
      next.map((file) => (isCached(cache, file) ? { ...file, bytes: 'cached' as const } : file)),
      commit,
      { cache },
    );
    expect(second.diagnostics).toEqual([]);
    expect(second.fleet?.environments.get(production)).toBe(first?.environments.get(production));
    expect(second.fleet?.environments.get('acme-staging' as EnvironmentName)?.type).toBe('development');
  });

  test('removes deleted files from the cache', () => {
    const cache = createManifestCache();
    const files = fleetWith({});
    loadFleet(files, commit, { cache });
    loadFleet(files.slice(1), commit, { cache });
    expect(files.filter((file) => isCached(cache, file))).toEqual(files.slice(1));
  });
});

describe('locate', () => {
  const { fleet } = load(fleetWith({}));
  const ref = 'environment/acme-production' as ResourceRef;

  test.each([
    ['/spec/php/memoryLimit', 'environments/production.yaml', 9, 10],
    ['/spec/domains/aliases', 'environments/production.yaml', 8, 37],
    ['/spec/wordpress/plugins/akismet', 'sites/acme.yaml', 10, 18],
    ['/spec/php/pool/maxChildren', 'environments/production.yaml', 9, 3],
    ['/spec/nothing/at/all', 'environments/production.yaml', 4, 1],
    ['', 'environments/production.yaml', 1, 1],
  ])(
    'finds %s, in the site when it is inherited, and else its nearest parent',
    (pointer, file, line, column) => {
      expect(fleet?.locate(ref, pointer)).toEqual({ file, line, column });
    },
  );

  test('is undefined for resources that do not exist', () => {
    expect(fleet?.locate('environment/none' as ResourceRef, '/spec')).toBeUndefined();
  });
});

describe('versions', () => {
  test.each(['latest', 'alse', 'x', '>=5', '5.x.', '../5', '5 '])(
    'a plugin cannot be pinned to %j',
    (version) => {
      const pin = JSON.stringify(version);
      const spec = `{ site: acme, node: web-1, type: staging, wordpress: { plugins: { akismet: ${pin} } } }`;
      const { fleet, diagnostics } = load(fleetWith({ 'staging.yaml': environment('acme-staging', spec) }));
      expect(diagnostics.map(({ code }) => code)).toEqual([diagnosticCodes.valueMalformed]);
      expect(fleet?.environments.has('acme-staging' as EnvironmentName)).toBe(false);
    },
  );
});
