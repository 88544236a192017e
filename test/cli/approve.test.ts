import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
  await cli.repository.commit({ ...fleetFiles, 'pressluft.yaml': withApprovals });
  expect((await cli.run(['reconcile'])).code).toBe(0);
});
afterEach(() => cli.close());

const production = 'environments/acme-production.yaml';
const withApprovals = `${fleetFiles['pressluft.yaml']}  approvals: { risks: [restart, downtime, data] }\n`;

/** A commit whose change needs an approval; returns the digest of its plan. */
async function change(memoryLimit = '512M'): Promise<string> {
  await cli.repository.commit({ [production]: environmentFile('acme-production', memoryLimit) });
  const { stdout } = await cli.run(['plan', '--observed', 'status', '--format', 'json']);
  return JSON.parse(stdout).digest;
}

const branchLog = async (format: string) => {
  await cli.repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  return cli.repository.git('log', '-1', `--format=${format}`, 'origin/pressluft/status');
};

test('a change that needs an approval is blocked, approved by a commit, and then applied', async () => {
  const digest = await change();
  expect((await cli.run(['reconcile'])).code).toBe(6);
  const status = await cli.run(['status']);
  expect(status.stdout).toContain('1 action needs approval');
  expect(status.stdout).toContain(`pressluft approve ${digest.slice(7, 23)}`);

  const { code, stdout, stderr } = await cli.run([
    'approve',
    digest.slice(7, 23),
    '--by',
    'Alex <alex@acme.example>',
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Approved as Alex <alex@acme.example>:\n  environment.converge:acme-production\n');
  expect(await branchLog('%B')).toContain(`Pressluft-Approval: ${digest}`);
  const file = await cli.repository.git(
    'show',
    `origin/pressluft/status:approvals/${digest.slice(7, 23)}.yaml`,
  );
  expect(parse(file)).toMatchObject({
    plan: digest,
    by: 'Alex <alex@acme.example>',
    actions: [expect.any(String)],
  });

  expect((await cli.run(['reconcile'])).code).toBe(0);
  expect((await cli.run(['status'])).stdout).toContain('2 of 2 environments ready');
});

test('an approval is void once the commit moves', async () => {
  const digest = await change();
  expect((await cli.run(['approve', digest, '--by', 'Alex'])).code).toBe(0);
  await change('640M');
  expect((await cli.run(['reconcile'])).code).toBe(6);
});

test('a digest that is not the current one is refused with both, and nothing is written', async () => {
  const digest = await change();
  const newer = await change('640M');
  const before = await branchLog('%H');
  const { code, stderr } = await cli.run(['approve', digest, '--by', 'Alex']);
  expect(code).toBe(6);
  expect(stderr).toContain(errors.planOutdated);
  expect(stderr).toContain(digest);
  expect(stderr).toContain(newer);
  expect(stderr).toContain('the branch is at');
  expect(await branchLog('%H')).toBe(before);
});

test('--dry-run approves nothing', async () => {
  const digest = await change();
  const before = await branchLog('%H');
  const { code, stdout } = await cli.run([
    'approve',
    digest,
    '--by',
    'Alex',
    '--dry-run',
    '--format',
    'json',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    approved: ['environment.converge:acme-production'],
    statusCommit: null,
  });
  expect(await branchLog('%H')).toBe(before);
});

test('without a change that needs approval, nothing is approved', async () => {
  const { stdout } = await cli.run(['plan', '--observed', 'status', '--format', 'json']);
  const approved = await cli.run(['approve', JSON.parse(stdout).digest, '--by', 'Alex']);
  expect([approved.code, approved.stdout]).toEqual([
    0,
    expect.stringContaining('No action of this plan needs an approval'),
  ]);
});

test.each(['main', 'sha256:xyz', 'abc', ''])('%j is not a digest', async (digest) => {
  const { code, stderr } = await cli.run(['approve', digest, '--by', 'Alex']);
  expect([code, stderr]).toEqual([2, expect.stringContaining(errors.flagInvalid)]);
});

test('of two concurrent approvals one is recorded, and the other reports that no approval is needed', async () => {
  const digest = await change();
  const [one, two] = await Promise.all([
    cli.run(['approve', digest, '--by', 'Alex']),
    cli.run(['approve', digest, '--by', 'Billie']),
  ]);
  expect([one.code, two.code]).toEqual([0, 0]);
  await cli.repository.git('fetch', '--quiet', 'origin', '+refs/heads/*:refs/remotes/origin/*');
  const log = await cli.repository.git('log', '--format=%B', 'origin/pressluft/status');
  expect(log.match(/^Pressluft-Approval: /gm)).toHaveLength(1);
  expect(
    [one, two].map(({ stdout }) => /Approved as|No action of this plan needs/.exec(stdout)?.[0]).sort(),
  ).toEqual(['Approved as', 'No action of this plan needs']);
});
