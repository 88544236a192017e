import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { writeAccepted } from '../../src/reconcile/accepted.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { commitSha } from '../support/fleet-builders.ts';
import { allowing, signer } from '../support/signers.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const staging = { 'environments/acme-staging.yaml': environmentFile('acme-staging', '512M', 'staging') };

/** A fleet with signers that was applied once, and an unsigned commit on top of it. */
async function unsignedOnTop(): Promise<string> {
  await cli.repository.commit({ ...fleetFiles, ...allowing('ada') });
  expect((await cli.run(['reconcile'])).code).toBe(0);
  return cli.repository.commit(staging);
}

test('reconcile says which commit is not applied, why and what to do, and exits with 6', async () => {
  const tip = await unsignedOnTop();
  const { code, stdout } = await cli.run(['reconcile']);
  expect(code).toBe(6);
  expect(stdout).toContain(
    `✗ commit ${tip.slice(0, 12)} is not applied  PL6006\n    commit ${tip.slice(0, 12)} is not signed\n`,
  );
  expect(stdout).toMatch(/next {2}Push it again with every new commit signed by an allowed signer/);
  expect(stdout).toContain('The newest commit was refused; the last accepted commit stays in force.');
  const json = await cli.run(['reconcile', '--format', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({
    outcome: 'refused',
    exitCode: 6,
    tip,
    refusal: { code: errors.commitUnsigned },
  });
});

test('reconcile does nothing when no commit is known that may be applied, and exits with 6', async () => {
  await cli.repository.commit({ ...fleetFiles, ...allowing('ada') });
  writeAccepted(cli.deps.store, { commit: commitSha('f'), signers: [signer('ada')] });
  const { code, stdout } = await cli.run(['reconcile']);
  expect(code).toBe(6);
  expect(stdout).toContain(errors.historyDiverged);
  expect(stdout).toContain(
    'Nothing was done: the newest commit was refused, and no other commit is accepted.',
  );
});

test('status says that the newest commit is not applied, and what to do', async () => {
  const tip = await unsignedOnTop();
  expect((await cli.run(['status'])).stdout).toContain('is not reconciled yet');
  await cli.run(['reconcile']);
  const { stdout } = await cli.run(['status']);
  expect(stdout).toContain(
    `the newest commit is not applied: PL6006 commit ${tip.slice(0, 12)} is not signed`,
  );
  expect(stdout).toContain(`PRESSLUFT_TRUSTED_COMMIT=${tip}`);
  expect(stdout).not.toContain('is not reconciled yet');
  const json = JSON.parse((await cli.run(['status', '--format', 'json'])).stdout);
  expect(json.refusal).toEqual({
    commit: tip,
    message: `PL6006 commit ${tip.slice(0, 12)} is not signed`,
    nextStep: expect.stringContaining('signed by an allowed signer'),
    since: expect.stringMatching(/^2026-01-01T/),
  });
});

test.each([
  ['from live nodes', ['plan']],
  ['from the records alone', ['plan', '--observed', 'status']],
])('plan says that a commit would not be applied, %s', async (_, args) => {
  const tip = await unsignedOnTop();
  const { code, stdout } = await cli.run(args);
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    `This commit would not be applied: commit ${tip.slice(0, 12)} is not signed (PL6006).`,
  );
  expect(code).toBe(0);
});

test('plan says nothing of signatures where none are wanted, or nothing is new', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await cli.repository.commit(staging);
  expect((await cli.run(['plan'])).stdout).not.toContain('would not be applied');
  await cli.repository.commit(allowing('ada'));
  await cli.run(['reconcile']);
  expect((await cli.run(['plan', '--observed', 'status'])).stdout).not.toContain('would not be applied');
});

test('validate in a clone says that what is checked out would not be applied', async () => {
  const tip = await unsignedOnTop();
  await cli.repository.git('fetch', '--quiet', 'origin');
  const { code, stderr } = await cli.run(['validate', 'work']);
  expect(code).toBe(0);
  expect(stderr).toContain(
    `HEAD (${tip.slice(0, 12)}) would not be applied: commit ${tip.slice(0, 12)} is not signed (PL6006)`,
  );
});

test('validate is silent about signatures where it cannot tell', async () => {
  await unsignedOnTop();
  expect((await cli.run(['validate', 'work'])).stderr).not.toContain('would not be applied');
});

test('wp goes where the commit in force says, whatever an unsigned one says', async () => {
  await unsignedOnTop();
  await cli.repository.commit({ 'environments/acme-staging.yaml': null });
  expect((await cli.run(['wp', 'acme-staging', '--', 'core', 'version'])).code).toBe(0);
  expect(cli.nodes.commands.map(({ host }) => host)).toEqual(['192.0.2.10']);
});
