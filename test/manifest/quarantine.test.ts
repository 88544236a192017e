import { describe, expect, test } from 'vitest';
import { lossAt } from '../../src/fleet/quarantine.ts';
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
    files: [...(fleet?.quarantine.files.keys() ?? [])].sort(),
    resources: [...(fleet?.quarantine.resources.keys() ?? [])].sort(),
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

  test.each([
    ['empty', ''],
    ['empty', '\n\n \n'],
    ['empty', '\ufeff'],
    ['empty', '---\n---\n\n---\n'],
    ['empty', '...\n'],
    ['comments', '# apiVersion: pressluft.dev/v1\n---\n\n# nothing\n--- # end\n'],
    ['no_manifest', 'apiversion: pressluft.dev/v1\nkin: Environment\n'],
    ['no_manifest', 'apiVersion: v1\nkind: ConfigMap\n'],
    ['no_manifest', 'key: value\n'],
    ['no_manifest', '- a\n- b\n'],
    ['empty_document', `${staging}---\n`],
    ['empty_document', `${staging}---\n# kind: Site\n`],
    ['empty_document', `---\n# kind: Site\n---\n${staging}`],
    ['other_document', `${staging}---\napi\n`],
    ['other_document', `${staging}---\nmetadata: { name: x }\n`],
    ['other_document', `${staging}---\napiVersion: v1\nkind: Service\nmetadata: { name: x }\n`],
    ['other_document', `${staging}...\nbackups: { nightly\n`],
    ['cut_off', staging.trimEnd()],
  ])('a file that is %s may have lost documents: %j', (kind, text) => {
    const { fleet } = load(fleetWith({ 'environments/staging.yaml': text }));
    expect(fleet?.quarantine.lossy.get('environments/staging.yaml')?.kind).toBe(kind);
  });

  test.each([
    staging,
    `---\n${staging}`,
    `# header\n---\n${staging}`,
    staging.replaceAll('\n', '\r\n'),
    `${staging}...\n`,
    `${staging}# kind: Site\n`,
  ])('a file that holds only readable manifests has lost none: %j', (text) => {
    const { fleet } = load(fleetWith({ 'environments/staging.yaml': text }));
    expect(fleet?.quarantine.lossy.size).toBe(0);
    expect(fleet?.environments.has('acme-staging' as never)).toBe(true);
  });

  test.each([
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n',
      'PL1007',
    ],
    ['a conflict around nothing', '<<<<<<< HEAD\n=======\n>>>>>>> topic\n', 'PL1008'],
    ['a conflict below a manifest', `${staging}<<<<<<< HEAD\n=======\n  x: 1\n>>>>>>> topic\n`, 'PL1008'],
    ['a carriage return', staging.replaceAll('\n', '\r'), 'PL1017'],
    ['a line separator', `${staging}  # agreed\u2028  protected: true\n`, 'PL1017'],
    ['a next line character', `${staging}  # agreed\u0085  protected: true\n`, 'PL1017'],
    ['a null character', `${staging}\0`, 'PL1017'],
    ['a byte order mark inside', `---\n\ufeff# ours\n${staging}`, 'PL1017'],
  ])('a file with %s is broken', (_, text, code) => {
    const { fleet } = load(fleetWith({ 'environments/staging.yaml': text }));
    expect(fleet?.quarantine.files.get('environments/staging.yaml')?.code).toBe(code);
  });

  test('a link, a submodule and a directory stand for the manifests that were at their path or below', () => {
    const { fleet } = load([
      ...fleetWith({}),
      { path: 'sites', oid: '1', kind: 'symlink', bytes: new Uint8Array() },
      { path: 'nodes/old', oid: '2', kind: 'submodule', bytes: new Uint8Array() },
      { path: 'environments/a.yaml/.gitkeep', oid: '3', kind: 'file', bytes: new Uint8Array() },
      { path: 'environments/b.yaml/README', oid: '4', kind: 'file', bytes: new Uint8Array() },
    ]);
    const kindAt = (path: string) => fleet && lossAt(fleet.quarantine, path)?.loss.kind;
    expect(kindAt('sites/acme/production.yaml')).toBe('symlink');
    expect(kindAt('nodes/old/web-1.yaml')).toBe('submodule');
    expect(kindAt('environments/b.yaml')).toBe('directory');
    expect(kindAt('environments/c.yaml')).toBeUndefined();
    expect(kindAt('sites-old/acme.yaml')).toBeUndefined();
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

  test('contains both sides of a duplicate resource', () => {
    const twin = staging.replace('acme-staging', 'acme-production');
    expect(summary(load(fleetWith({ 'twin.yaml': twin }))).files).toEqual([
      'environments/production.yaml',
      'twin.yaml',
    ]);
  });

  test('does not contain the sides of a duplicate domain: the plan knows which one has it applied', () => {
    const thief = staging.replace('type: staging', 'type: staging, domains: { primary: www.acme.example }');
    const { diagnostics, ...loaded } = load(fleetWith({ 'thief.yaml': thief }));
    expect(diagnostics.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'error PL1052',
      'error PL1052',
    ]);
    expect(summary({ diagnostics, ...loaded }).resources).toEqual([]);
    expect([...(loaded.fleet?.environments.keys() ?? [])]).toEqual(['acme-production', 'acme-staging']);
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
