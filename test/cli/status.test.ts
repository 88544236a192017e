import { afterEach, beforeEach, expect, test } from 'vitest';
import type { StatusView } from '../../src/cli/status-view.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles, nodeAddress } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('status shows the records by site, without observing any node', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  cli.nodes.away.add(nodeAddress);
  const { code, stdout } = await cli.run(['status']);
  expect(code).toBe(0);
  expect(stdout).toContain('2 of 2 environments ready');
  expect(stdout).toContain(
    '  ✓ ready  acme  EnvironmentsReady  now\n' +
      '    ✓ ready  acme-production  Converged  now  WordPress 7.1.1  PHP 8.2  web-1  http',
  );
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
  expect(stdout).toContain('until 2026-01-01 00:01 UTC, in 1 min');
  expect(stdout).toContain('next The steps in the record of the run');
  expect(stdout).toContain('Why? pressluft explain environment/acme-staging\n');
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
  const { stdout } = await cli.run(['status']);
  expect(stdout).toContain('Nothing is recorded yet');
  expect(stdout).toContain('? unknown  acme-production  NotRecorded');
});

test('status needs the repository alone, and no state directory', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const { opened } = cli.sessions;
  const before = opened.length;
  const { code } = await cli.run(['status', '--repo', cli.repository.url]);
  expect({ code, sessions: opened.length - before }).toEqual({ code: 0, sessions: 0 });
});

test('status counts retained and quarantined environments apart from those that are to be ready', async () => {
  await cli.repository.commit({
    ...fleetFiles,
    'environments/old.yaml': environmentFile('old', '128M'),
    'environments/blog.yaml': environmentFile('blog', '128M'),
  });
  await cli.run(['reconcile']);
  await cli.repository.commit({
    'environments/old.yaml': null,
    'environments/blog.yaml': environmentFile('blog', '128Q'),
  });
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status']);
  expect(stdout).toMatch(/^2 of 2 environments ready {2}1 quarantined, 1 retained\n/);
  expect(stdout).toMatch(/- retained {2}old {2}Retained {2}now {2}kept on web-1/);
  expect(stdout).toMatch(/! quarantined {2}blog {2}Quarantined/);
});

test('status says that a new commit is not reconciled yet, and shows what it adds', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit({
    'environments/new.yaml': environmentFile('new', '128M'),
    'environments/acme-staging.yaml': environmentFile('acme-staging', '128Q'),
  });
  const { stdout } = await cli.run(['status']);
  expect(stdout).toMatch(/the records are of commit [0-9a-f]{7}; [0-9a-f]{7} is not reconciled yet/);
  expect(stdout).toMatch(/\? unknown {2}new +NotRecorded/);
  expect(stdout).toMatch(/✓ ready {4}acme-staging +Converged quarantined/);
});

test.each([
  ['site/acme', ['acme'], 2, []],
  ['environment/acme-staging', ['acme'], 1, []],
  ['node/web-1', ['acme'], 2, ['web-1']],
  ['provider/hosts', [], 0, ['web-1']],
])('status %s shows it with what stands below it', async (subject, sites, environments, nodes) => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status', subject, '--format', 'json']);
  const view = JSON.parse(stdout) as StatusView;
  expect(view.resource).toBe(subject);
  expect(view.sites.map(({ name }) => name)).toEqual(sites);
  expect(view.sites.flatMap((site) => site.environments)).toHaveLength(environments);
  expect(view.nodes.map(({ name }) => name)).toEqual(nodes);
  expect((await cli.run(['status', subject])).stdout).toMatch(new RegExp(`^${subject}\n`));
});

test('status of one resource shows its message even while it is ready', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status', 'environment/acme-production']);
  expect(stdout).toContain('      WordPress 7.1.1 answers with HTTP 200');
});

test.each([
  ['environment/acme-productoin', errors.resourceUnknown, 'Did you mean environment/acme-production?'],
  ['web-1', errors.flagInvalid, 'Did you mean node/web-1?'],
])('status of %s ends with 2 and the nearest name', async (subject, errorCode, hint) => {
  await cli.repository.commit(fleetFiles);
  const { code, stderr } = await cli.run(['status', subject]);
  expect(code).toBe(2);
  expect(stderr).toContain(errorCode);
  expect(stderr).toContain(hint);
});

test('status of a removed resource says that nothing is recorded for it', async () => {
  await cli.repository.commit({ ...fleetFiles, 'sites/old.yaml': siteFile });
  await cli.run(['reconcile']);
  await cli.repository.commit({ 'sites/old.yaml': null });
  await cli.run(['reconcile']);
  const { code, stdout } = await cli.run(['status', 'site/old']);
  expect(code).toBe(0);
  expect(stdout).toContain('It has no manifest and no record now.');
  expect(stdout).toContain('pressluft history site/old');
});

const siteFile = (fleetFiles['sites/acme.yaml'] ?? '').replace('name: acme', 'name: old');

test('a broken pressluft.yaml is told on the status branch and by status, with what is still in force', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const good = await cli.repository.git('rev-parse', 'HEAD');
  await cli.repository.commit({ 'pressluft.yaml': 'kind: Pressluft\nspec: [' }, 'A typo');
  const broken = (await cli.repository.git('rev-parse', 'HEAD')).trim();
  const { code } = await cli.run(['reconcile']);
  expect(code).toBe(2);
  const branch = async (...args: readonly string[]) => {
    await cli.repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
    return cli.repository.git(...args);
  };
  expect(await branch('log', '-1', '--format=%s', 'origin/pressluft/status')).toContain(
    'status: pressluft/demo: Ready (Valid) → ConfigurationInvalid',
  );
  const { stdout } = await cli.run(['status']);
  expect(stdout).toContain('the newest commit is not applied: pressluft.yaml:');
  expect(stdout).toContain(
    `everything below is of commit ${good.slice(0, 7)}, the last one that was applied`,
  );
  expect(stdout).not.toContain('is not reconciled yet');
  const json = JSON.parse((await cli.run(['status', '--format', 'json'])).stdout);
  expect(json.refusal).toMatchObject({ commit: broken, since: '2026-01-01T00:00:00.000Z' });
  expect(json.sites[0].environments).toHaveLength(2);
  // Once told, it is not told again in every pass.
  const head = await branch('rev-parse', 'origin/pressluft/status');
  await cli.run(['reconcile']);
  expect(await branch('rev-parse', 'origin/pressluft/status')).toBe(head);
  await cli.repository.commit({ 'pressluft.yaml': fleetFiles['pressluft.yaml'] ?? '' }, 'Corrected');
  expect((await cli.run(['reconcile'])).code).toBe(0);
  expect((await cli.run(['status'])).stdout).not.toContain('not applied');
});

test('a dry run with a broken pressluft.yaml records nothing', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const before = await cli.repository.git('ls-remote', 'origin', 'refs/heads/pressluft/status');
  await cli.repository.commit({ 'pressluft.yaml': '' }, 'Emptied');
  expect((await cli.run(['reconcile', '--dry-run'])).code).toBe(2);
  expect(await cli.repository.git('ls-remote', 'origin', 'refs/heads/pressluft/status')).toBe(before);
});

test('a suspended node and its environments are shown as suspended, not as ready', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const suspended = `${fleetFiles['nodes/web-1.yaml']}  state: suspended\n`;
  await cli.repository.commit({ 'nodes/web-1.yaml': suspended });
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status']);
  expect(stdout).toContain('0 of 2 environments ready  2 suspended');
  expect(stdout).toMatch(/‖ suspended +acme-production/);
  expect(stdout).toMatch(/‖ suspended +web-1/);
  const { nodes } = JSON.parse((await cli.run(['status', '--format', 'json'])).stdout);
  expect(nodes).toMatchObject([{ state: 'suspended', suspended: true, ready: 'ready' }]);
  // A change that waits for the end of the suspension is no failure.
  const more = environmentFile('acme-production', '512M');
  await cli.repository.commit({ 'environments/acme-production.yaml': more });
  await cli.run(['reconcile']);
  const waiting = await cli.run(['status']);
  expect(waiting.stdout).toMatch(/‖ suspended +acme-production +Suspended/);
  expect(waiting.stdout).toContain('node web-1 is suspended');
  expect((await cli.run(['explain', 'environment/acme-staging'])).stdout).toContain(
    'node web-1 is suspended: it is left unchanged',
  );
  await cli.repository.commit({
    'environments/acme-production.yaml': environmentFile('acme-production', '256M'),
  });
  await cli.repository.commit({ 'nodes/web-1.yaml': fleetFiles['nodes/web-1.yaml'] ?? '' });
  await cli.run(['reconcile']);
  expect((await cli.run(['status'])).stdout).toContain('2 of 2 environments ready');
});

test('a domain that waits for an approval is shown as what comes, beside the one that is live', async () => {
  const needed = `${fleetFiles['pressluft.yaml']}  approvals: { risks: [restart, downtime, data] }\n`;
  await cli.repository.commit({ ...fleetFiles, 'pressluft.yaml': needed });
  await cli.run(['reconcile']);
  const moved = environmentFile('acme-production', '256M').replace('acme-production.example', 'shop.example');
  await cli.repository.commit({ 'environments/acme-production.yaml': moved });
  await cli.run(['reconcile']);
  const url = async () =>
    JSON.parse((await cli.run(['status', '--format', 'json'])).stdout).sites[0].environments[0].details;
  expect(await url()).toMatchObject({
    url: 'http://acme-production.example/',
    nextUrl: 'http://shop.example/',
  });
  expect((await cli.run(['status'])).stdout).toContain(
    'http://acme-production.example/, then http://shop.example/',
  );
});

test('reconcile does not call a fleet fine whose site does not answer, although it is as described', async () => {
  await cli.repository.commit(fleetFiles);
  expect((await cli.run(['reconcile'])).stdout).toContain('Converged. The fleet is as described. (');
  cli.nodes.pages.set('acme-staging', 404);
  const { stdout } = await cli.run(['reconcile']);
  expect(stdout).toContain(
    'Nothing to do. The fleet is as described, but environment/acme-staging is not ready: `pressluft status` says why.',
  );
  cli.nodes.pages.set('acme-production', 500);
  expect((await cli.run(['reconcile'])).stdout).toContain('but 2 environments are not ready');
  expect((await cli.run(['status'])).stdout).toContain('HttpFailed');
});
