import pc from 'picocolors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { renderHistoryText } from '../../src/cli/history-text.ts';
import type { HistoryView } from '../../src/cli/history-view.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const production = 'environment/acme-production';
const file = 'environments/acme-production.yaml';

async function history(...args: readonly string[]) {
  const { stdout, stderr } = await cli.run(['history', ...args, '--format', 'json']);
  if (stdout === '') throw new Error(stderr);
  const { entries } = JSON.parse(stdout) as HistoryView;
  const of = (kind: string, own = true) =>
    entries
      .filter(
        (entry) => entry.kind === kind && (entry.kind !== 'manifest' || (entry.resource === args[0]) === own),
      )
      .map(({ summary }) => summary);
  const [commits, inherited] = [of('manifest'), of('manifest', false)];
  return { entries, commits, inherited, states: of('transition'), runs: of('run') };
}

test('history names the commits that changed the manifest of the resource, with the fields', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.repository.commit({ 'README.md': 'x' }, 'Elsewhere');
  await cli.repository.commit({ [file]: environmentFile('acme-production', '512M') }, 'More memory');
  const { entries, commits } = await history(production);
  expect(commits).toEqual(['changed php.memoryLimit: More memory', 'added: The fleet']);
  expect(entries[0]).toMatchObject({
    author: 'A Person <person@acme.example>',
    file,
    fields: [{ field: 'spec.php.memoryLimit', before: '256M', after: '512M' }],
  });
});

test('history leaves out commits that changed another document of the file only', async () => {
  const both = `${environmentFile('acme-production', '256M')}---\n${environmentFile('acme-staging', '128M', 'staging')}`;
  await cli.repository.commit(
    { ...fleetFiles, 'environments/acme-staging.yaml': '# moved', [file]: both },
    'One',
  );
  await cli.repository.commit({ [file]: both.replace('128M', '64M') }, 'Staging only');
  await cli.repository.commit({ [file]: `# A comment.\n${both}` }, 'Comment only');
  expect((await history(production)).commits).toEqual(['added: One']);
  expect((await history('environment/acme-staging')).commits).toHaveLength(3);
});

test('history follows a manifest to the file that it was moved from', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.repository.commit({ [file]: environmentFile('acme-production', '300M') }, 'More memory');
  const moved = { [file]: null, 'sites/all.yaml': environmentFile('acme-production', '300M') };
  await cli.repository.commit(moved, 'Tidy up');
  expect((await history(production)).commits).toEqual([
    'moved to sites/all.yaml: Tidy up',
    'changed php.memoryLimit: More memory',
    'added: The fleet',
  ]);
});

test('history shows transitions and runs, with the code of what failed', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  cli.nodes.failing.set('acme-production', 'no space left on device');
  await cli.run(['reconcile']);
  cli.nodes.failing.clear();
  await cli.run(['reconcile']);
  const { states, runs } = await history(production);
  expect(states).toEqual([
    expect.stringMatching(/^ready \(Converged\), applied [0-9a-f]{7}$/),
    expect.stringMatching(/^not ready \(\w+\): .*no space left on device/),
  ]);
  // Both in the same second of the test's clock.
  expect(runs.toSorted().reverse()).toEqual([
    'environment.converge succeeded',
    expect.stringMatching(/^environment.converge failed: PL4032 .*no space left on device/),
  ]);
});

test('history of an environment has the commits of its site, and names it', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  const site = (fleetFiles['sites/acme.yaml'] ?? '').replace('title: Acme', 'title: Acme Shop');
  await cli.repository.commit({ 'sites/acme.yaml': site }, 'A better name');
  const inherited = ['site/acme: changed title: A better name', 'site/acme: added: The fleet'];
  expect(await history(production)).toMatchObject({ commits: ['added: The fleet'], inherited });
  expect(await history('node/web-1')).toMatchObject({ commits: ['added: The fleet'], inherited: [] });
  const broken = (fleetFiles[file] ?? '').replace('site: acme', 'site: [');
  await cli.run(['reconcile']);
  await cli.repository.commit({ [file]: broken }, 'Broken');
  expect((await history(production)).inherited).toEqual(inherited);
});

test('a repaired drift leaves a trace: what had drifted, before and after, and the commit that says so', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.run(['reconcile']);
  cli.nodes.drifting.add('acme-production');
  await cli.run(['reconcile']);
  const { entries } = await history(production);
  const repair = entries.find((entry) => entry.kind === 'run' && entry.reason === 'Drifted');
  expect(repair).toMatchObject({
    summary: expect.stringMatching(
      /^environment.converge succeeded, drifted: service:.* "inactive" → "active"$/,
    ),
    changes: [{ before: 'inactive', after: 'active' }],
  });
  expect((await cli.run(['explain', production])).stdout).toMatch(
    /it had drifted:\n +service:\S+: inactive → active\n/,
  );
  await cli.repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  expect(await cli.repository.git('log', '-1', '--format=%s', 'origin/pressluft/status')).toMatch(
    /^status: repaired environment\/acme-production \(service:/,
  );
});

test('history names approvals, with who gave them', async () => {
  const needed = `${fleetFiles['pressluft.yaml']}  approvals: { risks: [restart, downtime, data] }\n`;
  await cli.repository.commit({ ...fleetFiles, 'pressluft.yaml': needed }, 'The fleet');
  await cli.run(['reconcile']);
  await cli.repository.commit({ [file]: environmentFile('acme-production', '512M') }, 'More memory');
  const planned = await cli.run(['plan', '--observed', 'status', '--format', 'json']);
  const { digest } = JSON.parse(planned.stdout);
  await cli.run(['approve', digest, '--by', 'Alex <alex@acme.example>']);
  const { entries } = await history(production);
  expect(entries.filter(({ kind }) => kind === 'approval')).toEqual([
    expect.objectContaining({ plan: digest, by: 'Alex <alex@acme.example>' }),
  ]);
  expect((await cli.run(['history', production])).stdout).toMatch(
    /approval .*approved in plan \w{16} {2}Alex\n/,
  );
  expect((await history('environment/acme-staging')).entries.map(({ kind }) => kind)).not.toContain(
    'approval',
  );
});

test('history of a resource that is gone is still there', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.run(['reconcile']);
  await cli.repository.commit({ [file]: null }, 'Away with it');
  const { commits } = await history(production);
  expect(commits).toEqual(['removed: Away with it', 'added: The fleet']);
});

test('history keeps to its limit and to the time that is asked for', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.repository.commit({ [file]: environmentFile('acme-production', '512M') }, 'More memory');
  expect((await history(production, '--limit', '1')).commits).toEqual([
    'changed php.memoryLimit: More memory',
  ]);
  expect((await history(production, '--since', '2999-01-01')).entries).toEqual([]);
  const { code, stderr } = await cli.run(['history', production, '--since', 'yesterday']);
  expect(code).toBe(2);
  expect(stderr).toContain('a duration such as 7d');
});

test.each([
  ['environment/acme-prodution', 'Did you mean environment/acme-production?', errors.resourceUnknown],
  ['acme-production', 'Did you mean environment/acme-production?', errors.flagInvalid],
  ['site/elsewhere', '`pressluft status` lists all resources', errors.resourceUnknown],
])('history of %s ends with 2 and a hint', async (subject, hint, errorCode) => {
  await cli.repository.commit(fleetFiles);
  const { code, stderr } = await cli.run(['history', subject]);
  expect(code).toBe(2);
  expect(stderr).toContain(errorCode);
  expect(stderr).toContain(hint);
});

test('the text has one line for each entry, with its moment and age, and nothing of it reaches a terminal raw', () => {
  const view: HistoryView = {
    format: 'pressluft-history',
    version: 1,
    resource: production,
    entries: [
      {
        kind: 'run',
        at: '2026-05-01T10:00:00Z',
        summary: 'environment.converge failed: PL4032 \u001b[31mred',
        run: '20260501t100000z-abcdefgh',
        revision: 'c0ffee',
        outcome: 'failed',
        code: errors.convergeFailed,
        reason: 'SpecChanged',
        changes: [],
      },
      {
        kind: 'manifest',
        at: '2026-04-29T09:30:00Z',
        summary: 'changed php.memoryLimit: More memory',
        commit: '0aa2d5583ec569bd282b4dce002a15314c43ff0e',
        author: 'Dana\u0007 <dana@acme.example>',
        subject: 'More memory',
        resource: production,
        file,
        fields: [],
      },
    ],
  };
  const text = renderHistoryText(view, pc.createColors(false), Date.parse('2026-05-01T10:05:00Z'));
  expect(text.split('\n')).toEqual([
    production,
    '  2026-05-01 10:00Z  5 min ago   run     20260501t100000z-abcdefgh  environment.converge failed: PL4032 ␛[31mred',
    '  2026-04-29 09:30Z  2 days ago  commit  0aa2d55                    changed php.memoryLimit: More memory  Dana␇',
    '',
  ]);
});
