import { describe, expect, test } from 'vitest';
import type { LoadedFleet } from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const staging = `apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: acme-staging }
spec: { site: acme, node: web-1, type: staging }
`;

/** A second site on a second node, which problems of the first must not affect. */
const others = {
  'nodes/web-2.yaml': `apiVersion: pressluft.dev/v1
kind: Node
metadata: { name: web-2 }
spec: { provider: hetzner, serverType: cx23 }
`,
  'sites/other.yaml': `apiVersion: pressluft.dev/v1
kind: Site
metadata: { name: other }
spec: { title: Other, adminEmail: a@other.example, defaults: { wordpress: { version: 7.1.1 } } }
---
apiVersion: pressluft.dev/v1
kind: Environment
metadata: { name: other-production }
spec: { site: other, node: web-2, type: production }
`,
};

function summary({ fleet }: LoadedFleet) {
  return {
    environments: [...(fleet?.environments.keys() ?? [])].sort(),
    nodes: [...(fleet?.nodes.keys() ?? [])].sort(),
    files: [...(fleet?.quarantine.files ?? [])].sort(),
    resources: [...(fleet?.quarantine.resources ?? [])].sort(),
  };
}

describe('quarantine', () => {
  test('contains a broken environment alone', () => {
    const broken = staging.replace('type: staging', 'type: stagging');
    expect(summary(load(fleetWith({ ...others, 'environments/staging.yaml': broken })))).toEqual({
      environments: ['acme-production', 'other-production'],
      nodes: ['web-1', 'web-2'],
      files: ['environments/staging.yaml'],
      resources: ['environment/acme-staging'],
    });
  });

  test('contains everything that depends on a broken node, and nothing else', () => {
    const broken = soundFleet['nodes/web-1.yaml']?.replace('cx23', 'CX23!') ?? '';
    const files = fleetWith({ ...others, 'environments/staging.yaml': staging, 'nodes/web-1.yaml': broken });
    expect(summary(load(files))).toEqual({
      environments: ['other-production'],
      nodes: ['web-2'],
      files: ['nodes/web-1.yaml'],
      resources: ['environment/acme-production', 'environment/acme-staging', 'node/web-1'],
    });
  });

  test('reaches environments through nodes when a provider is broken', () => {
    const broken = soundFleet['providers/hetzner.yaml']?.replace('HCLOUD_TOKEN', 'PATH') ?? '';
    const found = summary(load(fleetWith({ ...others, 'providers/hetzner.yaml': broken })));
    expect(found.environments).toEqual([]);
    expect(found.resources).toEqual([
      'environment/acme-production',
      'environment/other-production',
      'node/web-1',
      'node/web-2',
      'provider/hetzner',
    ]);
  });

  test('contains the whole file when one of its documents is broken', () => {
    const broken = others['sites/other.yaml'].replace('a@other.example', 'nobody');
    const found = summary(load(fleetWith({ ...others, 'sites/other.yaml': broken })));
    expect(found.resources).toEqual(['environment/other-production', 'site/other']);
    expect(found.environments).toEqual(['acme-production']);
  });

  test('names the resources of a file that is not valid YAML, as far as they can be read', () => {
    const found = load(fleetWith({ ...others, 'environments/staging.yaml': `${staging}  domains: [` }));
    expect(summary(found).resources).toEqual(['environment/acme-staging']);
    expect(found.resources).toContainEqual({
      ref: 'environment/acme-staging',
      kind: 'Environment',
      file: 'environments/staging.yaml',
      quarantined: true,
    });
  });

  test('names files with content and no manifest, e.g. after a merge conflict', () => {
    const files = fleetWith({
      'environments/conflict.yaml': '<<<<<<< HEAD\n',
      'environments/typo.yaml': 'apiversion: pressluft.dev/v1\nkin: Environment\n',
      'environments/empty.yaml': '',
      'environments/comments.yaml': '# apiVersion: pressluft.dev/v1\n---\n\n# nothing\n',
    });
    const { fleet } = load(files);
    expect([...(fleet?.quarantine.notManifests ?? [])].sort()).toEqual([
      'environments/conflict.yaml',
      'environments/typo.yaml',
    ]);
  });

  test('names the file when none of it can be read', () => {
    const found = summary(load(fleetWith({ 'environments/staging.yaml': '\u0000\u0001[[[' })));
    expect(found.files).toEqual(['environments/staging.yaml']);
    expect(found.environments).toEqual(['acme-production']);
  });

  test('protects a node without a manifest while environments still refer to it', () => {
    const found = summary(load(fleetWith({ ...others, 'nodes/web-1.yaml': null })));
    expect(found.resources).toEqual(['environment/acme-production', 'node/web-1']);
    expect(found.environments).toEqual(['other-production']);
  });

  test('contains both sides of a duplicate resource and of a duplicate domain', () => {
    const twin = staging.replace('acme-staging', 'acme-production');
    expect(summary(load(fleetWith({ 'twin.yaml': twin }))).files).toEqual([
      'environments/production.yaml',
      'twin.yaml',
    ]);
    const thief = staging.replace('type: staging', 'type: staging, domains: { primary: www.acme.example }');
    expect(summary(load(fleetWith({ 'thief.yaml': thief }))).resources).toEqual([
      'environment/acme-production',
      'environment/acme-staging',
    ]);
  });

  test.each([
    ['is missing', null],
    [
      'is broken',
      'apiVersion: pressluft.dev/v1\nkind: Pressluft\nmetadata: { name: test }\nspec: { interval: soon }\n',
    ],
    ['is not YAML', '{{{'],
  ])('contains everything when pressluft.yaml %s', (_, text) => {
    const { fleet, diagnostics, resources } = load(fleetWith({ 'pressluft.yaml': text }));
    expect(fleet).toBeUndefined();
    expect(diagnostics.map(({ file, severity }) => [file, severity])).toContainEqual([
      'pressluft.yaml',
      'error',
    ]);
    expect(resources.every(({ quarantined }) => quarantined)).toBe(true);
    expect(diagnostics.every(({ file }) => file === 'pressluft.yaml')).toBe(true);
  });

  test('a warning quarantines nothing', () => {
    const text = soundFleet['providers/hetzner.yaml']?.replace(
      'HCLOUD_TOKEN }',
      'HCLOUD_TOKEN }, endpoint: "https://proxy.example/v1"',
    );
    const { fleet, diagnostics } = load(fleetWith({ 'providers/hetzner.yaml': text ?? '' }));
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning']);
    expect(fleet?.environments.size).toBe(1);
  });
});
