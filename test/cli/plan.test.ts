import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const production = 'environments/acme-production.yaml';

test('plan shows what a pass would do and changes nothing', async () => {
  await cli.repository.commit(fleetFiles);
  const { code, stdout } = await cli.run(['plan']);
  expect(code).toBe(0);
  expect(stdout).toContain('3 changes: 3 without risk');
  expect(stdout).toContain('+ environment/acme-staging  environment.converge  Missing');
  expect(cli.nodes.playbooks).toEqual([]);
  expect(await cli.repository.git('ls-remote', 'origin', 'refs/heads/pressluft/status')).toBe('');
  expect(cli.sessions).toEqual({ opened: ['shared'], open: 0 });
});

test('plan --detailed-exitcode says 5 for changes and 0 when there are none', async () => {
  await cli.repository.commit(fleetFiles);
  expect((await cli.run(['plan', '--detailed-exitcode'])).code).toBe(5);
  expect((await cli.run(['reconcile'])).code).toBe(0);
  const { code, stdout } = await cli.run(['plan', '--detailed-exitcode']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('No changes. The fleet is as described.')]);
});

test('plan --detailed-exitcode says 6 when something waits for a person', async () => {
  const other = environmentFile('acme-production', '256M');
  await cli.repository.commit({ ...fleetFiles, [production]: `${other}  protected: true\n` });
  await cli.run(['reconcile']);
  await cli.repository.commit({ [production]: null });
  const { code, stdout } = await cli.run(['plan', '--detailed-exitcode']);
  expect(code).toBe(6);
  expect(stdout).toContain('environment/acme-production was applied with protected: true');
});

test('plan --format json is one JSON document with the changed field', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit({ [production]: environmentFile('acme-production', '512M') });
  const { stdout } = await cli.run(['plan', '--format', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'pressluft-plan',
    version: 1,
    summary: { actions: 1, byRisk: { restart: 1 } },
    actions: [
      {
        reason: 'SpecChanged',
        changes: [{ field: 'php.memory_limit', before: '256M', after: '512M' }],
        cause: { file: production, line: 12, column: 5 },
      },
    ],
  });
});

test('a broken manifest is told on stderr with exit code 2, and the rest is still planned', async () => {
  await cli.repository.commit({ ...fleetFiles, 'sites/broken.yaml': 'kind: [' });
  const { code, stdout, stderr } = await cli.run(['plan', '--format', 'json']);
  expect(code).toBe(2);
  expect(stderr).toContain('sites/broken.yaml:1');
  expect(JSON.parse(stdout)).toMatchObject({ summary: { actions: 3 } });
});

test('without a valid pressluft.yaml there is no plan', async () => {
  await cli.repository.commit({ ...fleetFiles, 'pressluft.yaml': 'kind: [' });
  const { code, stdout, stderr } = await cli.run(['plan']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('everything is on hold');
});
