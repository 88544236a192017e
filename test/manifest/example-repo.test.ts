import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { isManifestPath, type ManifestFile, schemas } from '../../src/manifest/index.ts';
import { schemaFile } from '../../src/manifest/schema/validators.ts';
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

test('the example repository is valid and describes two nodes, three sites and six environments', () => {
  const { fleet, diagnostics } = load(readRepository());
  expect(diagnostics.map(({ code, severity, file }) => `${severity} ${code} ${file}`)).toEqual([
    'info PL1036 policies/backups.yaml',
  ]);
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

test('every manifest of the example repository has a modeline with the schema of its kind', () => {
  for (const file of readRepository().filter(({ path }) => isManifestPath(path))) {
    for (const document of readFileSync(join(root, file.path), 'utf8').split(/^---\n/m)) {
      const schema = /^# yaml-language-server: \$schema=(\S+)\n/.exec(document)?.[1] ?? '';
      const kind = /^kind: (\w+)$/m.exec(document)?.[1] as keyof typeof schemas;
      const path = join(root, file.path, '..', schema);
      expect(path, file.path).toBe(join(root, '../schemas', schemaFile(kind)));
      expect(JSON.parse(readFileSync(path, 'utf8')), file.path).toEqual(schemas[kind]);
    }
  }
});

test('the examples in comments of pressluft.yaml are valid without the comment marks', () => {
  const files = readRepository().map((file) =>
    file.path === 'pressluft.yaml' ? { ...file, oid: 'suggested', bytes: withSuggestions(file) } : file,
  );
  const { fleet, diagnostics } = load(files);
  expect(diagnostics.map(({ code }) => code)).toEqual([diagnosticCodes.notSupportedYet]);
  expect(fleet?.config.maintenance.windows.map(({ name }) => name)).toEqual(['nights']);
  expect(fleet?.config.maintenance.freezes).toMatchObject([
    { from: Date.parse('2026-12-18T17:00:00Z'), until: Date.parse('2027-01-04T07:00:00Z') },
  ]);
  expect(fleet?.config.approvals).toEqual({ risks: ['data'], irreversible: true });
});

function withSuggestions({ path }: ManifestFile): Uint8Array {
  const text = readFileSync(join(root, path), 'utf8');
  const [before = '', after = ''] = text.split('  # When risky actions may run');
  return Buffer.from(
    `${before}  # When${after.replaceAll(/^ {2}# {3}((?: {2})*(?:maintenance|windows|freezes|approvals|- ))/gm, '  $1')}`,
  );
}
