import { describe, expect, test } from 'vitest';
import { fixture } from '../adapters/secrets/sops-fixtures.ts';
import { fleetWith, load, soundFleet } from './fleet-fixture.ts';

const text = async (name: string) => new TextDecoder().decode(await fixture(name));
const provider = (file: string, key: string) =>
  `apiVersion: pressluft.dev/v1\nkind: Provider\nmetadata: { name: hetzner }\nspec:\n  type: hetzner\n  token: { sops: { file: ${file}, key: ${key} } }\n`;

/** Codes of errors and warnings of a sound fleet whose token is in a SOPS file. */
function codes(files: Readonly<Record<string, string>>): readonly string[] {
  const { diagnostics } = load(fleetWith(files));
  return diagnostics.map(({ code }) => code).filter((code) => code !== 'PL1055');
}

describe('references into files made by sops', () => {
  test.each([
    ['default.sops.yaml', 'hetzner.token', []],
    ['default.sops.yaml', 'list.0', []],
    ['default.sops.yaml', 'list.1.nested.deep', []],
    ['default.sops.json', 'hetzner.token', []],
    ['encrypted-regex.sops.yaml', 'hetzner.token', []],
    ['encrypted-regex.sops.yaml', 'number', ['PL1103']],
    ['default.sops.yaml', 'region_unencrypted', ['PL1103']],
    ['default.sops.yaml', 'hetzner.project', ['PL1104']],
    ['default.sops.yaml', 'enabled', ['PL1104']],
    ['default.sops.yaml', 'nothing', ['PL1104']],
    ['default.sops.yaml', 'sops.mac', ['PL1102']],
    ['key-groups.sops.yaml', 'hetzner.token', ['PL1107']],
    ['two-documents.sops.yaml', 'hetzner.token', ['PL1107']],
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

  test('a file of a directory that is not read is not said to be missing', () => {
    expect(codes({ 'providers/hetzner.yaml': provider('.secrets/x.yaml', 'a') })).toEqual([]);
    expect(codes({ 'providers/hetzner.yaml': provider('secrets/x.json', 'a') })).toEqual([]);
    expect(codes({ 'providers/hetzner.yaml': provider('secrets/x.yaml', 'a') })).toEqual(['PL1100']);
  });

  test('a recipient that is missing is said once for each file', async () => {
    const file = 'secrets/stranger-only.sops.yaml';
    const controller = 'age19ddjgguzkw5t3wyauz8jyjjp9stjmuacdgekrpn2z24fwsy6wyuqdk8rx6';
    const files = {
      'pressluft.yaml': `${soundFleet['pressluft.yaml']}  secrets: { recipients: [${controller}] }\n`,
      'providers/hetzner.yaml': provider(file, 'hetzner.token'),
      'providers/second.yaml': provider(file, 'list.0').replace('name: hetzner', 'name: second'),
      [file]: await text('stranger-only.sops.yaml'),
    };
    expect(codes(files)).toEqual(['PL1105']);
  });

  test('nothing that stands in a SOPS file in the clear is repeated in a diagnostic', () => {
    const file = 'secrets/fleet.sops.yaml';
    const files = { 'providers/hetzner.yaml': provider(file, 'token'), [file]: 'token: hunter2hunter2\n' };
    const { diagnostics } = load(fleetWith(files));
    expect(diagnostics.map(({ code }) => code)).toEqual(expect.arrayContaining(['PL1101', 'PL1106']));
    expect(JSON.stringify(diagnostics)).not.toContain('hunter2');
  });
});
