import { Ajv } from 'ajv';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type ResourceKind, resourceKinds } from '../../src/fleet/resource.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const metadata = { name: 'a' };
const sound: Readonly<Record<ResourceKind, object>> = {
  Pressluft: { maintenance: { windows: [{ name: 'nights', start: '0 1 * * *', duration: '4h' }] } },
  Provider: { type: 'hetzner', token: { sops: { file: 'secrets.sops.yaml', key: 'hetzner.token' } } },
  Node: { provider: 'hetzner', serverType: 'cx23', timezone: 'Europe/Berlin' },
  Site: { title: 'A', adminEmail: 'a@acme.example', defaults: { tls: { mode: 'acme' } } },
  Environment: { site: 'a', node: 'a', type: 'production', source: { clone: 'b' } },
  BackupRepository: { local: { path: '/var/backups' }, password: { env: 'PRESSLUFT_SECRET_RESTIC' } },
  BackupPolicy: { repository: 'a', schedule: { cron: '30 1 * * *' }, verification: false },
  Backup: { environment: 'a' },
  Restore: { environment: 'a', from: { backup: '20261120' } },
  Promotion: { from: 'a', to: 'b', parts: ['plugins'] },
};

test.each(resourceKinds)('the schema of %s works alone, without the files beside it', async (kind) => {
  const { code, stdout } = await cli.run(['schema', kind]);
  expect(code).toBe(0);
  expect(stdout).not.toContain('.schema.json#');
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
  ajv.addVocabulary(['patternErrorMessage', 'x-pressluft-level']);
  const validate = ajv.compile(JSON.parse(stdout) as object);
  const document = { apiVersion: 'pressluft.dev/v1', kind, metadata, spec: sound[kind] };
  expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...document, metadata: { name: 'Not A Name' } })).toBe(false);
  expect(validate({ ...document, spec: { ...sound[kind], unknown: 1 } })).toBe(false);
});

test('without a kind all kinds are listed, as text and as JSON', async () => {
  const text = await cli.run(['schema']);
  expect(text.code).toBe(0);
  expect(text.stdout.trim().split('\n')).toHaveLength(resourceKinds.length);
  expect(text.stdout).toMatch(/^Environment +One running instance/m);
  const json = await cli.run(['schema', '--format', 'json']);
  const listed = JSON.parse(json.stdout) as { kind: string; schema: string }[];
  expect(listed.map(({ kind }) => kind)).toEqual([...resourceKinds]);
  expect(listed.map(({ schema }) => schema)).toContain('schemas/backup-policy.schema.json');
});

test('a kind in lower case is found, and an unknown one is answered with the nearest and exit code 2', async () => {
  expect(JSON.parse((await cli.run(['schema', 'backuppolicy'])).stdout)).toMatchObject({
    title: 'BackupPolicy',
  });
  const { code, stdout, stderr } = await cli.run(['schema', 'Enviroment']);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain(errors.flagInvalid);
  expect(stderr).toContain('Did you mean Environment?');
});
