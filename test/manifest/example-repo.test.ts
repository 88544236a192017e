import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { type ManifestFile, schemas } from '../../src/manifest/index.ts';
import { load } from './fleet-fixture.ts';

const root = join(import.meta.dirname, '../../example-repo');

function readRepository(): ManifestFile[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const full = join(entry.parentPath, entry.name);
      return { path: relative(root, full), oid: full, kind: 'file', bytes: readFileSync(full) };
    });
}

test('the example repository has no diagnostics and describes two nodes, three sites and six environments', () => {
  const { fleet, diagnostics } = load(readRepository());
  expect(diagnostics).toEqual([]);
  expect(fleet?.nodes.size).toBe(2);
  expect(fleet?.sites.size).toBe(3);
  expect([...(fleet?.environments.values() ?? [])].map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'acme-production: production',
    'acme-staging: staging',
    'bakery-production: production',
    'bakery-development: development',
    'club-production: production',
    'club-staging: staging',
  ]);
});

test('every manifest of the example repository starts with a modeline that leads to its schema', () => {
  for (const file of readRepository().filter(({ path }) => path.endsWith('.yaml'))) {
    const text = readFileSync(join(root, file.path), 'utf8');
    const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1] ?? '';
    const kind = /^kind: (\w+)$/m.exec(text)?.[1] as keyof typeof schemas;
    const path = join(root, file.path, '..', schema);
    expect(JSON.parse(readFileSync(path, 'utf8')), file.path).toEqual(schemas[kind]);
  }
});
