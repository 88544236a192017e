import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Diagnostic,
  diagnosticCatalogue,
  limits,
  type ManifestFile,
  renderDiagnosticsText,
} from '../../src/manifest/index.ts';
import { fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

const directory = join(import.meta.dirname, '../golden/manifest');

/** `# >>> path` starts a file; the files lie over the sound fleet of the fixture. */
function splitFiles(text: string): Record<string, string> {
  const parts = text.split(/^# >>> (.+)\n/m).slice(1);
  const files: Record<string, string> = {};
  for (let i = 0; i + 1 < parts.length; i += 2) files[parts[i] ?? ''] = parts[i + 1] ?? '';
  return files;
}

const special: Record<string, readonly ManifestFile[]> = {
  PL1001: [
    ...fleetWith({}),
    { path: 'environments/link.yaml', oid: '1', kind: 'symlink', bytes: new Uint8Array() },
    { path: 'modules', oid: '2', kind: 'submodule', bytes: new Uint8Array() },
  ],
  PL1002: [
    ...fleetWith({}),
    { path: 'big.yaml', oid: '1', kind: 'file', bytes: { tooLarge: 5_000_000 } },
    textFile('bigger.yaml', `# ${'x'.repeat(limits.fileBytes)}`),
  ],
  PL1003: [
    ...fleetWith({}),
    ...[1, 2].map((n) => textFile(`many-${n}.yaml`, '---\n'.repeat(limits.fleetDocuments - 1000))),
  ],
  PL1004: [
    ...fleetWith({}),
    { path: 'latin1.yaml', oid: '1', kind: 'file', bytes: Buffer.from('a: b\ntitle: caf\xe9\n', 'latin1') },
    { path: 'utf16.yaml', oid: '2', kind: 'file', bytes: Buffer.from('\ufeffa: b\n', 'utf16le') },
  ],
  'PL1005-missing': fleetWith({ 'pressluft.yaml': null }),
  'PL1005-nothing': [],
  PL1006: fleetWith({
    'environments/staging.yaml': `${soundFleet['environments/production.yaml']?.replace('acme-production', 'acme-staging')}  wordpress:\n    constants:\n${Array.from({ length: 120 }, (_, i) => `      DB_${i}: x\n`).join('')}`,
  }),
};

const cases = new Map<string, readonly ManifestFile[]>(Object.entries(special));
for (const name of readdirSync(directory).filter((file) => file.endsWith('.yaml'))) {
  cases.set(name.slice(0, -5), fleetWith(splitFiles(readFileSync(join(directory, name), 'utf8'))));
}

function shortened(diagnostics: readonly Diagnostic[]): string {
  const shown =
    diagnostics.length > 40 ? [...diagnostics.slice(0, 2), ...diagnostics.slice(-2)] : diagnostics;
  return renderDiagnosticsText(shown);
}

describe('every diagnostic has a golden text', () => {
  test.each([...cases.keys()].sort())('%s', async (name) => {
    const { diagnostics } = load(cases.get(name) ?? []);
    expect(diagnostics.map((found) => found.code)).toContain(name.slice(0, 6));
    await expect(shortened(diagnostics)).toMatchFileSnapshot(join(directory, `${name}.golden.txt`));
  });

  test('no code of the catalogue is without one', () => {
    const covered = new Set([...cases.keys()].map((name) => name.slice(0, 6)));
    expect(Object.keys(diagnosticCatalogue).filter((code) => !covered.has(code))).toEqual([]);
  });
});
