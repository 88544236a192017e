import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ServerType } from '../../src/fleet/observed.ts';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import {
  type Diagnostic,
  diagnosticsByCode,
  type LoadOptions,
  limits,
  type ManifestFile,
  renderDiagnosticsText,
} from '../../src/manifest/index.ts';
import { badDirectory, goldenFiles, goldenNames, goodDirectory } from '../support/golden-manifests.ts';
import { fleetWith, load, soundFleet, textFile } from './fleet-fixture.ts';

function manifestsOf(directory: string, name: string): readonly ManifestFile[] {
  const files = Object.fromEntries(goldenFiles(directory, name).map(({ path, text }) => [path, text]));
  return fleetWith({ 'pressluft.yaml': `${soundFleet['pressluft.yaml']}${grants}`, ...files });
}

const grants = `  secrets:
    grants:
      - { secret: { env: PRESSLUFT_SECRET_RESTIC }, to: [backuprepository/*] }
      - { secret: { env: PRESSLUFT_SECRET_S3_ID }, to: [backuprepository/*], hosts: [fsn1.your-objectstorage.com] }
      - { secret: { env: PRESSLUFT_SECRET_S3_KEY }, to: [backuprepository/*], hosts: [fsn1.your-objectstorage.com] }
      - { secret: { file: acme.pem }, to: [environment/*, site/*] }
      - { secret: { file: acme.key }, to: [environment/*, site/*] }
`;

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
for (const name of goldenNames(badDirectory)) cases.set(name, manifestsOf(badDirectory, name));

/** Facts that are not in manifests: the clock, and the server types that the provider sells. */
const facts: Record<string, LoadOptions> = {
  PL1074: {
    serverTypes: new Map([
      [
        'hetzner',
        [
          offered('cx23', 2, 4, [['fsn1', true]]),
          offered('cx33', 4, 8, [
            ['fsn1', false],
            ['hel1', true],
          ]),
          offered('cpx32', 4, 8, [['fsn1', true]]),
          offered('ccx23', 4, 16, [['fsn1', true]]),
          offered('cx22', 2, 4, [['fsn1', true, '2026-12-31T00:00:00Z']]),
          { ...offered('cax11', 2, 4, [['nbg1', true]]), architecture: 'arm' },
        ],
      ],
    ]),
  },
  PL1093: { now: Date.UTC(2026, 10, 20) },
};

function offered(
  name: string,
  cores: number,
  memoryGib: number,
  places: readonly (readonly [string, boolean, string?])[],
): ServerType {
  const locations = places.map(([location, available, unavailableAfter = null]) => ({
    location,
    available,
    unavailableAfter,
  }));
  return { name, cores, memoryMib: memoryGib * 1024, diskGib: 40, architecture: 'x86', locations };
}

function shortened(diagnostics: readonly Diagnostic[]): string {
  const shown =
    diagnostics.length > 40 ? [...diagnostics.slice(0, 2), ...diagnostics.slice(-2)] : diagnostics;
  return renderDiagnosticsText(shown);
}

/** Notes about valid manifests. */
const nothingToCorrect: ReadonlySet<string> = new Set([diagnosticCodes.foreignDocument]);

describe('every diagnostic has a golden text', () => {
  test.each([...cases.keys()].sort())('%s', async (name) => {
    const { diagnostics } = load(cases.get(name) ?? [], facts[name]);
    expect(diagnostics.map((found) => found.code)).toContain(name.slice(0, 6));
    await expect(shortened(diagnostics)).toMatchFileSnapshot(join(badDirectory, `${name}.golden.txt`));
  });

  test('no code of the catalogue is without one', () => {
    const covered = new Set([...cases.keys()].map((name) => name.slice(0, 6)));
    expect(Object.keys(diagnosticsByCode).filter((code) => !covered.has(code))).toEqual([]);
  });
});

test('the replacement of a finding solves it', () => {
  const tried = goldenNames(badDirectory).flatMap((name) => {
    const files = cases.get(name) ?? [];
    return load(files).diagnostics.flatMap((found) => {
      if (found.replacement === undefined) return [];
      const after = load(files.map((file) => replaced(file, found))).diagnostics;
      const still = after.some(
        ({ code, file, line, column }) =>
          code === found.code && file === found.file && line === found.line && column === found.column,
      );
      return [`${name} ${found.file}:${found.line}:${found.column} ${still ? 'still' : 'solved'}`];
    });
  });
  expect(tried.length).toBeGreaterThan(10);
  expect(tried.filter((line) => line.endsWith('still'))).toEqual([]);
});

/** Columns of the golden manifests are those of JavaScript: they are ASCII where it matters. */
function replaced(
  file: ManifestFile,
  { file: path, line, column, endColumn, replacement }: Diagnostic,
): ManifestFile {
  if (file.path !== path || !(file.bytes instanceof Uint8Array)) return file;
  const lines = new TextDecoder().decode(file.bytes).split('\n');
  const old = lines[line - 1] ?? '';
  lines[line - 1] = `${old.slice(0, column - 1)}${replacement}${old.slice((endColumn ?? column) - 1)}`;
  return textFile(path, lines.join('\n'));
}

describe('the manual shows the corrected manifest', () => {
  test.each(goldenNames(goodDirectory))('%s', (name) => {
    const { diagnostics } = load(manifestsOf(goodDirectory, name), facts[name]);
    // Fields for later versions are valid, and reported as recorded only.
    const wrong = diagnostics.filter(({ code, severity }) => code === name || severity !== 'info');
    expect(wrong.filter(({ code }) => code !== diagnosticCodes.notSupportedYet || name === code)).toEqual([]);
  });

  test('for every code that manifests can show', () => {
    const shown = new Set(goldenNames(badDirectory).map((name) => name.slice(0, 6)));
    const correct = new Set(goldenNames(goodDirectory));
    expect([...shown].filter((code) => !correct.has(code) && !nothingToCorrect.has(code))).toEqual([]);
  });
});
