import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { fleetFiles, nodeAddress } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('status shows the records by site, without looking at any node', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  cli.nodes.away.add(nodeAddress);
  const { code, stdout } = await cli.run(['status']);
  expect(code).toBe(0);
  expect(stdout).toContain('2 of 2 environments ready');
  expect(stdout).toContain('  acme\n    ✓ ready  acme-production  Converged  WordPress 7.1.1  PHP 8.2');
  expect(stdout).toContain('http://acme-production.example/');
});

test('status shows reason and next step of what is not ready, and what is wrong with the manifests', async () => {
  await cli.repository.commit(fleetFiles);
  cli.nodes.failing.set('acme-staging', 'no space left \u001b[31m');
  await cli.run(['reconcile']);
  await cli.repository.commit({ 'sites/broken.yaml': 'kind: [' });
  const { stdout } = await cli.run(['status']);
  expect(stdout).toContain('1 of 2 environments ready');
  expect(stdout).toMatch(/acme-staging +BackingOff/);
  expect(stdout).toContain('no space left ␛[31m');
  expect(stdout).toContain('next The steps in the record of the run');
  expect(stdout).toContain('sites/broken.yaml:1');
});

test('status --format json carries the details of the records', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status', '--format', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'pressluft-status',
    sites: [
      {
        name: 'acme',
        environments: [
          { name: 'acme-production', ready: 'ready', details: { url: 'http://acme-production.example/' } },
          { name: 'acme-staging', ready: 'ready' },
        ],
      },
    ],
    nodes: [{ name: 'web-1', ready: 'ready', details: { ipv4: nodeAddress } }],
    providers: [{ name: 'hosts', ready: 'ready' }],
    problems: [],
  });
});

test('status before the first pass says that nothing is recorded', async () => {
  await cli.repository.commit(fleetFiles);
  expect((await cli.run(['status'])).stdout).toContain('Nothing is recorded yet');
});
