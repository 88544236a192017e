import { describe, expect, test } from 'vitest';
import type { LoadedFleet } from '../../src/manifest/index.ts';
import { emptyCache, fleetWith, load, soundFleet } from './fleet-fixture.ts';

const rules = `  ownership:
    - { paths: ["nodes/**", "providers/**"], level: fleet }
    - { paths: ["sites/{site}/**"] }
`;

const other = `apiVersion: pressluft.dev/v1
kind: Site
metadata: { name: other }
spec: { title: Other, adminEmail: a@other.example, defaults: { wordpress: { version: 7.1.1 } } }
---
apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: other-production }
spec: { site: other, node: web-1, type: production, domains: { primary: other.example } }
`;

const openConfig = soundFleet['pressluft.yaml']?.replace(/ {2}ownership: .*\n/, '') ?? '';

/** Two sites, each in its own directory, and rules that say so. */
const owned: Readonly<Record<string, string | null>> = {
  'pressluft.yaml': `${openConfig}${rules}`,
  'sites/acme.yaml': null,
  'environments/production.yaml': null,
  'sites/acme/site.yaml': soundFleet['sites/acme.yaml'] ?? '',
  'sites/acme/production.yaml': soundFleet['environments/production.yaml'] ?? '',
  'sites/other/all.yaml': other,
};

function document(kind: string, name: string, spec: string): string {
  return `apiVersion: pressluft.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

function loadOwned(changes: Readonly<Record<string, string | null>>): LoadedFleet {
  return load(fleetWith({ ...owned, ...changes }));
}

function summary({ fleet, diagnostics }: LoadedFleet) {
  return {
    errors: diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ code, file }) => `${code} ${file}`),
    quarantined: [...(fleet?.quarantine.resources.keys() ?? [])].sort(),
    files: [...(fleet?.quarantine.files.keys() ?? [])],
    environments: [...(fleet?.environments.keys() ?? [])].sort(),
    nodes: [...(fleet?.nodes.keys() ?? [])].sort(),
  };
}

const intact = { files: [], environments: ['acme-production', 'other-production'], nodes: ['web-1'] };
const evil = 'sites/acme/evil.yaml';

describe('spec.ownership', () => {
  test('allows what lies where it says', () => {
    expect(summary(loadOwned({}))).toEqual({ ...intact, errors: [], quarantined: [] });
  });

  test.each([
    ['a node', 'Node', 'evil', '{ provider: hetzner, serverType: cx23 }', 'PL1151'],
    [
      'a provider',
      'Provider',
      'evil',
      '{ type: hetzner, token: { env: HCLOUD_TOKEN }, endpoint: "https://evil.example" }',
      'PL1151',
    ],
    [
      'a backup repository',
      'BackupRepository',
      'evil',
      '{ local: { path: /srv/b }, password: { env: PRESSLUFT_SECRET_X } }',
      'PL1151',
    ],
    ['another site', 'Site', 'evil', '{ title: Evil, adminEmail: a@evil.example }', 'PL1152'],
    [
      'an environment of another site',
      'Environment',
      'evil',
      '{ site: other, node: web-1, type: staging }',
      'PL1152',
    ],
    [
      'a restore of another site',
      'Restore',
      'evil',
      '{ environment: other-production, from: { backup: x } }',
      'PL1152',
    ],
    ['a backup of another site', 'Backup', 'evil', '{ environment: other-production }', 'PL1152'],
    [
      'a promotion to another site',
      'Promotion',
      'evil',
      '{ from: acme-production, to: other-production }',
      'PL1152',
    ],
    [
      'a promotion from another site',
      'Promotion',
      'evil',
      '{ from: other-production, to: acme-production }',
      'PL1152',
    ],
    [
      'a clone of another site',
      'Environment',
      'evil',
      '{ site: acme, node: web-1, type: staging, source: { clone: other-production } }',
      'PL1152',
    ],
  ])('refuses %s in a path of a site, and nothing else', (_what, kind, name, spec, code) => {
    expect(summary(loadOwned({ [evil]: document(kind, name, spec) }))).toEqual({
      ...intact,
      errors: [`${code} ${evil}`],
      quarantined: [`${kind.toLowerCase()}/evil`],
    });
  });

  test.each([
    ['node', document('Node', 'web-1', '{ provider: hetzner, serverType: cx53 }')],
    ['provider', document('Provider', 'hetzner', '{ type: static }')],
    ['site', document('Site', 'other', '{ title: Taken, adminEmail: a@evil.example }')],
    [
      'environment',
      document('Environment', 'other-production', '{ site: other, node: web-1, type: staging }'),
    ],
    ['broken node', document('Node', 'web-1', '{ provider: hetzner, serverTyp: cx53 }')],
    ['broken environment without a site', document('Environment', 'other-production', '{ node: web-1 }')],
  ])('a foreign second document of a %s does not touch the first', (_what, text) => {
    const loaded = loadOwned({ [evil]: text });
    expect(summary(loaded)).toMatchObject({
      environments: intact.environments,
      nodes: intact.nodes,
      quarantined: [],
    });
    expect(loaded.fleet?.nodes.get('web-1' as never)).toMatchObject({ serverType: 'cx23' });
    expect(loaded.fleet?.sites.get('other' as never)).toMatchObject({ title: 'Other' });
    const errors = loaded.diagnostics.filter(({ severity }) => severity === 'error');
    expect(new Set(errors.map(({ file }) => file))).toEqual(new Set([evil]));
  });

  test('a foreign document claims no domain and does not disturb its neighbours in the file', () => {
    const thief = `${document('Environment', 'thief', '{ site: other, node: web-1, type: staging, domains: { primary: acme.example } }')}---\n${document('Environment', 'acme-staging', '{ site: acme, node: web-1, type: staging }')}`;
    expect(summary(loadOwned({ [evil]: thief }))).toEqual({
      errors: [`PL1152 ${evil}`],
      quarantined: ['environment/thief'],
      files: [],
      environments: ['acme-production', 'acme-staging', 'other-production'],
      nodes: ['web-1'],
    });
  });

  test('a document that was moved to a foreign path leaves its resource and its dependents as they are', () => {
    const moved = loadOwned({ 'nodes/web-1.yaml': null, [evil]: soundFleet['nodes/web-1.yaml'] ?? '' });
    expect(summary(moved)).toMatchObject({
      errors: [`PL1151 ${evil}`],
      quarantined: ['environment/acme-production', 'environment/other-production', 'node/web-1'],
    });
    expect(moved.fleet?.quarantine.resources.get('node/web-1' as never)).toMatchObject({ kind: 'refused' });
  });

  test('of two documents the one of the fleet owner stands', () => {
    const fleetOwn = `${openConfig}${rules}    - { paths: ["special/**"], level: fleet }\n`;
    const loaded = loadOwned({
      'pressluft.yaml': fleetOwn,
      'special/x.yaml': document('Environment', 'acme-special', '{ site: acme, node: web-1, type: staging }'),
      [evil]: document('Environment', 'acme-special', '{ site: acme, node: web-1, type: production }'),
    });
    expect(summary(loaded)).toMatchObject({ errors: [`PL1051 ${evil}`], quarantined: [] });
    expect(loaded.fleet?.environments.get('acme-special' as never)).toMatchObject({ type: 'staging' });
  });

  test('of two documents of site owners none stands, and what was applied is left as it is', () => {
    const loaded = loadOwned({
      [evil]: document('Environment', 'other-production', '{ site: acme, node: web-1, type: staging }'),
    });
    expect(summary(loaded)).toMatchObject({
      quarantined: expect.arrayContaining(['environment/other-production']),
    });
  });

  test('a path without a rule may hold nothing', () => {
    expect(
      summary(
        loadOwned({ 'more/x.yaml': document('Site', 'third', '{ title: T, adminEmail: a@t.example }') }),
      ),
    ).toEqual({
      ...intact,
      errors: ['PL1151 more/x.yaml'],
      quarantined: ['site/third'],
    });
  });

  test('a site owner cannot ignore the windows of the fleet', () => {
    const text = soundFleet['environments/production.yaml']?.replace(
      'metadata: { name: acme-production }',
      'metadata: { name: acme-production, annotations: { pressluft.dev/ignore-windows: "now" } }',
    );
    expect(summary(loadOwned({ 'sites/acme/production.yaml': text ?? '' }))).toMatchObject({
      errors: ['PL1153 sites/acme/production.yaml'],
      quarantined: ['environment/acme-production'],
      environments: ['other-production'],
    });
  });

  test('is asked for as soon as there are two sites', () => {
    const warnings = (changes: Readonly<Record<string, string | null>>) =>
      load(fleetWith(changes)).diagnostics.filter(({ code }) => code === 'PL1150').length;
    const open = { 'pressluft.yaml': openConfig };
    expect([warnings(open), warnings({ ...open, 'sites/other.yaml': other }), warnings(owned)]).toEqual([
      0, 1, 0,
    ]);
  });

  test('stays equal from load to load with a cache, and sees a changed rule', () => {
    const files = fleetWith({
      ...owned,
      [evil]: document('Node', 'evil', '{ provider: hetzner, serverType: cx23 }'),
    });
    const opened = fleetWith({
      ...owned,
      'pressluft.yaml': openConfig,
      [evil]: document('Node', 'evil', '{ provider: hetzner, serverType: cx23 }'),
    });
    const cache = emptyCache();
    const first = summary(load(files, { cache }));
    expect(summary(load(opened, { cache })).nodes).toEqual(['evil', 'web-1']);
    expect(summary(load(files, { cache }))).toEqual(first);
  });

  test.each([
    ['paths: ["sites/**"]', 'PL1154'],
    ['paths: ["sites/{site}/**"], kinds: [Node]', 'PL1154'],
    ['paths: ["**/{site}/x.yaml"]', 'PL1034'],
    ['paths: ["sites/{site}-x/*.yaml"]', 'PL1034'],
    ['paths: ["sites/{site}/{site}/*.yaml"]', 'PL1034'],
    ['paths: ["/sites/{site}/**"]', 'PL1034'],
  ])('refuses a rule that allows nothing or is ambiguous: %s', (text, code) => {
    const config = `${openConfig}  ownership:\n    - { ${text} }\n`;
    const { diagnostics, fleet } = load(fleetWith({ 'pressluft.yaml': config }));
    expect([fleet, diagnostics.map((found) => found.code)]).toEqual([
      undefined,
      expect.arrayContaining([code]),
    ]);
  });
});
