import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownershipBy } from '../../src/fleet/ownership.ts';
import { loadFleet } from '../../src/manifest/index.ts';
import { commit } from './fleet-fixture.ts';

const example = join(import.meta.dirname, '../../example-repo');
const fleetOwner = '@example/operations';

/** The lines of a CODEOWNERS file, the last one first. Understands the default, directories and single files. */
const lines = readFileSync(join(example, '.github/CODEOWNERS'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => line.split(/\s+/))
  .reverse();

function ownersOf(path: string): readonly string[] {
  const line = lines.find(([pattern = '']) => {
    if (pattern === '*') return true;
    expect(pattern).toMatch(/^\/[\w./-]+$/);
    return pattern.endsWith('/') ? `/${path}`.startsWith(pattern) : `/${path}` === pattern;
  });
  return line?.slice(1) ?? [];
}

const files = readdirSync(example, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(example.length + 1))
  .sort();

const config = readFileSync(join(example, 'pressluft.yaml'));
const { fleet } = loadFleet([{ path: 'pressluft.yaml', oid: '1', kind: 'file', bytes: config }], commit);
const ownership = ownershipBy(fleet?.config.ownership ?? []);

describe('CODEOWNERS of the example', () => {
  test('every file has owners, and only files of sites have others than the fleet owner', () => {
    const others = files.filter((path) => ownersOf(path).join() !== fleetOwner);
    expect(files.filter((path) => ownersOf(path).length === 0)).toEqual([]);
    expect(others.every((path) => path.startsWith('sites/'))).toBe(true);
    expect(others.length).toBeGreaterThan(3);
  });

  test.each([
    'new/directory/x.yaml',
    'x.yaml',
    'secrets/fleet.sops.yaml',
    '.sops.yaml',
    '.gitlab-ci.yml',
    '.gitlab/CODEOWNERS',
    '.forgejo/workflows/other.yml',
    '.github/CODEOWNERS',
    '.githooks/pre-commit',
    '.pressluft/ci/comment.sh',
    'policies/new.yaml',
  ])('%s belongs to the fleet owner', (path) => {
    expect(ownersOf(path)).toEqual([fleetOwner]);
  });

  test.each(files.filter((path) => /\.ya?ml$/.test(path) && !path.startsWith('.')))(
    'and spec.ownership agree about %s',
    (path) => {
      const level = ownership(path)?.level;
      expect(level).toBe(ownersOf(path).includes(fleetOwner) ? 'fleet' : 'site');
    },
  );

  test('a file that only the default owner approves may describe nothing', () => {
    expect(ownership('new/directory/x.yaml')).toBeUndefined();
  });

  test('a site with its own line has its own directory in spec.ownership', () => {
    const sites = lines.flatMap(([pattern = '']) => /^\/sites\/(.+)\/$/.exec(pattern)?.[1] ?? []);
    expect(sites.map((site) => ownership(`sites/${site}/x.yaml`)?.sites)).toEqual([['acme']]);
  });
});
