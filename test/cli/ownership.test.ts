import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const config = fleetFiles['pressluft.yaml'] ?? '';
const rules = `  ownership:
    - { paths: ["nodes/**", "providers/**", "environments/**", "sites/acme.yaml"], level: fleet }
    - { paths: ["sites/{site}/**"] }
`;
const owned = { ...fleetFiles, 'pressluft.yaml': config + rules };

async function planJson(...args: readonly string[]) {
  const { stdout } = await cli.run(['plan', '--format', 'json', ...args]);
  return JSON.parse(stdout);
}

test('a pass applies nothing of a foreign document, and goes on with the one in its place', async () => {
  await cli.repository.commit(owned);
  expect((await cli.run(['reconcile'])).code).toBe(0);
  const before = cli.nodes.playbooks.length;
  await cli.repository.commit({
    'sites/evil/x.yaml': `${fleetFiles['nodes/web-1.yaml']?.replace('192.0.2.10', '192.0.2.66')}---\n${environmentFile('acme-staging', '512M')}`,
  });
  const { code, stderr } = await cli.run(['reconcile']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('PL1151')]);
  expect(stderr).toContain('PL1152');
  expect(cli.nodes.playbooks.length).toBe(before);
  const { actions, blocked } = await planJson();
  expect([actions, blocked]).toEqual([[], []]);
});

test('what was moved to a file that may not hold it is neither deleted nor changed', async () => {
  await cli.repository.commit(owned);
  await cli.run(['reconcile']);
  await cli.repository.commit({
    'environments/acme-staging.yaml': null,
    'sites/evil/x.yaml': environmentFile('acme-staging', '512M', 'staging'),
  });
  const { actions, blocked } = await planJson();
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'environment/acme-staging',
      reason: 'Quarantined',
      message: expect.stringContaining('PL1152'),
      cause: { file: 'sites/evil/x.yaml' },
    },
  ]);
});

test('a plan says which use of a secret is new, although nothing else changes', async () => {
  const grant = (host: string) =>
    `${config}  secrets: { grants: [{ secret: { file: s3 }, to: [backuprepository/offsite], fields: [password], hosts: [${host}] }] }\n`;
  const base = await cli.repository.commit({ ...fleetFiles, 'pressluft.yaml': grant('s3.example') });
  await cli.run(['reconcile']);
  expect((await planJson()).notes).toEqual([]);
  await cli.repository.commit({ 'pressluft.yaml': grant('s3.example, evil.example') });
  const line = 'New use of a secret: file s3 as password of backuprepository/offsite, sent to evil.example.';
  expect(await planJson()).toMatchObject({ notes: [line], actions: [] });
  expect((await planJson('--ref', 'main', '--base', base)).plan.notes).toEqual([line]);
});
