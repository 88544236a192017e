import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles, nodeAddress } from './fleet-files.ts';

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
  expect(stdout).toContain('it was applied with protected: true');
});

test('plan --format json is one JSON document with the changed field', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit({ [production]: environmentFile('acme-production', '512M') });
  const { stdout } = await cli.run(['plan', '--format', 'json']);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'pressluft-plan',
    version: 2,
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
  expect(stderr).toContain('nothing is applied');
});

const changed = { [production]: environmentFile('acme-production', '512M') };

async function planJson(...args: readonly string[]) {
  const { code, stdout, stderr } = await cli.run(['plan', '--format', 'json', ...args]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

test('a plan from the records equals the live plan, and needs no session', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit({ ...changed, 'environments/acme-staging.yaml': null });
  const live = await planJson();
  cli.sessions.opened.length = 0;
  const recorded = await planJson('--observed', 'status');
  expect(cli.sessions.opened).toEqual([]);
  expect(recorded.actions.map(({ id }: { id: string }) => id)).toEqual([
    'environment.converge:acme-production',
    'environment.retain:acme-staging',
  ]);
  expect(recorded.observed).toMatchObject({
    source: 'status',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
  });
  expect(recorded.digest).toBe(live.digest);
  expect({ ...recorded, observed: null, notes: [] }).toEqual({ ...live, observed: null, notes: [] });
});

test('records of another version are planned with the content version of that version, and the plan says so', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const { notes, actions } = await planJson('--observed', 'status');
  expect(actions).toEqual([]);
  expect(notes).toEqual([expect.stringContaining('Another version of Pressluft')]);
});

test('before the first pass everything is missing, and a static host does not count as lost', async () => {
  await cli.repository.commit(fleetFiles);
  const { notes, actions, blocked } = await planJson('--observed', 'status');
  expect(notes).toEqual([expect.stringContaining('Nothing is recorded yet')]);
  expect(actions.map(({ id }: { id: string }) => id)).toEqual([
    'node.provision:web-1',
    'environment.converge:acme-production',
    'environment.converge:acme-staging',
  ]);
  expect(blocked).toEqual([]);
});

test('with --base only what a branch adds is shown, and what is pending stays apart', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit(changed);
  await cli.repository.commit({ 'environments/acme-staging.yaml': null }, 'no staging', 'feature');
  const compared = await planJson('--observed', 'status', '--base', 'main', '--ref', 'feature');
  expect(compared).toMatchObject({
    format: 'pressluft-plan-comparison',
    summary: { added: 1, pending: 1, resolved: 0 },
    added: [{ id: 'environment.retain:acme-staging' }],
    pending: [{ id: 'environment.converge:acme-production' }],
  });
  const live = await planJson('--base', 'main', '--ref', 'feature');
  expect(live.added).toEqual(compared.added);
  expect(live.plan.digest).toBe(compared.plan.digest);
});

test('commits that are reverted are named', async () => {
  const base = await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const mistake = await cli.repository.commit(changed);
  await cli.repository.git('revert', '--no-edit', mistake);
  await cli.repository.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main');
  expect((await planJson('--observed', 'status')).reverts).toEqual([mistake]);
  expect((await planJson('--observed', 'status', '--ref', 'main', '--base', base)).plan.reverts).toEqual([
    mistake,
  ]);
  expect((await planJson('--observed', 'status', '--ref', mistake)).reverts).toEqual([]);
});

test('a directory is planned as it lies there, against the records of its repository', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const work = join(cli.repository.dir, 'work');
  await writeFile(join(work, production), environmentFile('acme-production', '640M'));
  await cli.repository.git('fetch', '--quiet', 'origin');
  const plan = await planJson('--dir', work);
  expect(plan).toMatchObject({
    commit: '0'.repeat(40),
    actions: [{ id: 'environment.converge:acme-production' }],
  });
  const { code, stderr } = await cli.run(['plan', '--dir', work, '--observed', 'live']);
  expect([code, stderr]).toEqual([2, expect.stringContaining(errors.flagInvalid)]);
});

test('what was observed can be saved, and planned with later', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit(changed);
  const live = await planJson('--save-observed', 'seen.json');
  cli.nodes.away.add(nodeAddress);
  const later = await planJson('--observed', 'seen.json');
  expect(later.observed.source).toBe('file');
  expect(later.digest).toBe(live.digest);
});

test.each([
  ['no JSON', 'nodes: []', 'it is not a saved observation'],
  ['another format', '{"format":"pressluft-plan","version":1}', 'it is not a saved observation'],
  ['another version', '{"format":"pressluft-observed","version":3}', 'version 3 is not supported'],
  [
    'a member that is not known',
    '{"format":"pressluft-observed","version":1,"fleet":"f","at":"2026-01-01T00:00:00Z","contentVersion":"x","providers":[],"nodes":[],"more":1}',
    'must NOT have additional properties',
  ],
])('a file with %s is refused as an observation', async (_, text, message) => {
  await cli.repository.commit(fleetFiles);
  await writeFile(join(cli.repository.dir, 'seen.json'), text);
  const { code, stdout, stderr } = await cli.run(['plan', '--observed', 'seen.json']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('an observation that cannot be saved, or is too large to be one, is an invalid argument', async () => {
  await cli.repository.commit(fleetFiles);
  const { dir } = cli.repository;
  await writeFile(join(dir, 'taken'), '');
  const unsaved = await cli.run(['plan', '--observed', 'status', '--save-observed', 'taken/seen.json']);
  expect([unsaved.code, unsaved.stderr]).toEqual([2, expect.stringContaining('cannot write')]);
  await writeFile(join(dir, 'huge.json'), '');
  // Sparse, and longer than any text that could be read at once.
  await truncate(join(dir, 'huge.json'), 1024 ** 3);
  const unread = await cli.run(['plan', '--observed', 'huge.json']);
  expect([unread.code, unread.stderr]).toEqual([2, expect.stringContaining('too large')]);
});

test('a commit that nobody has is an invalid argument', async () => {
  await cli.repository.commit(fleetFiles);
  for (const ref of ['nobody', 'f'.repeat(40), '--upload-pack=x', 'a b']) {
    const { code, stderr } = await cli.run(['plan', '--observed', 'status', `--ref=${ref}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(errors.flagInvalid)]);
  }
});

test('plan --format markdown is a comment that fits', async () => {
  await cli.repository.commit(fleetFiles);
  const { stdout } = await cli.run([
    'plan',
    '--observed',
    'status',
    '--format',
    'markdown',
    '--max-chars',
    '1500',
  ]);
  expect(stdout).toMatch(/^<!-- pressluft-plan fleet=/);
  expect(stdout.length).toBeLessThanOrEqual(1500);
});
