import { describe, expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { fixture } from '../adapters/secrets/sops-fixtures.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const text = async (name: string) => new TextDecoder().decode(await fixture(name));
const provider = (file: string, key: string) =>
  `apiVersion: pressluft.dev/v1\nkind: Provider\nmetadata: { name: hetzner }\nspec:\n  type: hetzner\n  token: { sops: { file: ${file}, key: ${key} } }\n`;

/** Codes of errors and warnings of a valid fleet whose token is in a SOPS file. */
function codes(files: Readonly<Record<string, string>>): readonly string[] {
  const { diagnostics } = load(fleetWith(files));
  return diagnostics.map(({ code }) => code).filter((code) => code !== diagnosticCodes.resourceQuarantined);
}

describe('references to files written by sops', () => {
  test.each([
    ['default.sops.yaml', 'hetzner.token', []],
    ['default.sops.yaml', 'list.0', []],
    ['default.sops.yaml', 'list.1.nested.deep', []],
    ['default.sops.json', 'hetzner.token', []],
    ['encrypted-regex.sops.yaml', 'hetzner.token', []],
    ['encrypted-regex.sops.yaml', 'number', [diagnosticCodes.sopsValuePlain]],
    ['default.sops.yaml', 'region_unencrypted', [diagnosticCodes.sopsValuePlain]],
    ['default.sops.yaml', 'hetzner.project', [diagnosticCodes.sopsValueNotText]],
    ['default.sops.yaml', 'enabled', [diagnosticCodes.sopsValueNotText]],
    ['default.sops.yaml', 'nothing', [diagnosticCodes.sopsValueNotText]],
    ['default.sops.yaml', 'sops.mac', [diagnosticCodes.sopsKeyUnknown]],
    ['key-groups.sops.yaml', 'hetzner.token', [diagnosticCodes.sopsNotSupported]],
    ['two-documents.sops.yaml', 'hetzner.token', [diagnosticCodes.sopsNotSupported]],
  ])('%s, %s: %j', async (name, key, expected) => {
    const file = `secrets/${name}`;
    expect(codes({ 'providers/hetzner.yaml': provider(file, key), [file]: await text(name) })).toEqual(
      expected,
    );
  });

  test('a resolved fleet refers to the file and the keys', async () => {
    const file = 'secrets/default.sops.yaml';
    const files = {
      'providers/hetzner.yaml': provider(file, 'hetzner.token'),
      [file]: await text('default.sops.yaml'),
    };
    const found = [...(load(fleetWith(files)).fleet?.providers.values() ?? [])];
    expect(found).toMatchObject([{ token: { kind: 'sops', file, key: ['hetzner', 'token'] } }]);
  });

  test('a file of a directory that is not read is not reported as missing', () => {
    expect(codes({ 'providers/hetzner.yaml': provider('.secrets/x.yaml', 'a') })).toEqual([]);
    expect(codes({ 'providers/hetzner.yaml': provider('secrets/x.json', 'a') })).toEqual([]);
    expect(codes({ 'providers/hetzner.yaml': provider('secrets/x.yaml', 'a') })).toEqual([
      diagnosticCodes.sopsFileMissing,
    ]);
  });

  test('a missing recipient is reported once for each file', async () => {
    const file = 'secrets/foreign-only.sops.yaml';
    const controller = 'age19ddjgguzkw5t3wyauz8jyjjp9stjmuacdgekrpn2z24fwsy6wyuqdk8rx6';
    const files = {
      'pressluft.yaml': `${soundFleet['pressluft.yaml']}  secrets: { recipients: [${controller}] }\n`,
      'providers/hetzner.yaml': provider(file, 'hetzner.token'),
      'providers/second.yaml': provider(file, 'list.0').replace('name: hetzner', 'name: second'),
      [file]: await text('foreign-only.sops.yaml'),
    };
    expect(codes(files)).toEqual([diagnosticCodes.sopsRecipientsMissing]);
  });

  test('no diagnostic repeats a clear-text value of a SOPS file', () => {
    const file = 'secrets/fleet.sops.yaml';
    const files = { 'providers/hetzner.yaml': provider(file, 'token'), [file]: 'token: hunter2hunter2\n' };
    const { diagnostics } = load(fleetWith(files));
    expect(diagnostics.map(({ code }) => code)).toEqual(
      expect.arrayContaining([diagnosticCodes.sopsFilePlain, diagnosticCodes.sopsNameMisleading]),
    );
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });
});
