import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ExplainView } from '../../src/cli/explain-resource-view.ts';
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

async function explain(subject: string): Promise<string> {
  const { code, stdout, stderr } = await cli.run(['explain', subject]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function view(subject: string): Promise<ExplainView> {
  return JSON.parse((await cli.run(['explain', subject, '--format', 'json'])).stdout) as ExplainView;
}

describe('explain says of an environment', () => {
  test('that nothing is recorded yet', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    const text = await explain(production);
    expect(text).toMatch(/^environment\/acme-production {2}not recorded yet/);
    expect(text).toMatch(
      /Manifest +environments\/acme-production\.yaml:3:13\n +added by [0-9a-f]{7} "The fleet" {2}A Person/,
    );
    expect(text).toContain('pressluft reconcile');
  });

  test('that it is ready and no action is needed', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    await cli.run(['reconcile']);
    const text = await explain(production);
    expect(text).toMatch(/✓ ready {2}Converged/);
    expect(text).toMatch(/Applied +[0-9a-f]{7} "The fleet"/);
    expect(text).toMatch(/Last run +\S+ {2}environment\.converge succeeded/);
    expect(text).toMatch(/What to do +No action needed\.\n/);
    expect(text).not.toContain('Plan ');
  });

  test('which commit changed which field, and the action that follows from it', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    await cli.run(['reconcile']);
    await cli.repository.commit({ [file]: environmentFile('acme-production', '512M') }, 'More memory');
    const text = await explain(production);
    expect(text).toMatch(/changed by [0-9a-f]{7} "More memory" {2}A Person/);
    expect(text).toContain(`spec.php.memoryLimit: 256M → 512M  ${file}:12:5`);
    expect(text).toMatch(/Plan +environment\.converge {2}SpecChanged/);
    expect(text).toContain(`caused by ${file}:12:5`);
    expect(text).toMatch(/the records are of commit [0-9a-f]{7}; [0-9a-f]{7} is not reconciled yet/);
    expect(text).toContain('No action needed; the next pass applies it.');
  });

  test('the commit of the site whose defaults are the cause', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    await cli.run(['reconcile']);
    const site = `${fleetFiles['sites/acme.yaml']}  defaults: { php: { ini: { max_input_vars: 5000 } } }\n`;
    await cli.repository.commit({ 'sites/acme.yaml': site }, 'More variables');
    const [action] = (await view(production)).actions;
    expect(action?.cause?.file).toBe('sites/acme.yaml');
    expect(action?.causedBy?.subject).toBe('More variables');
  });

  test('the step at which a run failed, its error, the code and what to do', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    cli.nodes.failing.set('acme-production', 'no space left \u001b[31m');
    await cli.run(['reconcile']);
    const text = await explain(production);
    expect(text).toMatch(/… not ready yet {2}BackingOff/);
    expect(text).toMatch(/Last run +\S+ {2}environment\.converge failed/);
    expect(text).toMatch(/✗ \w+\n +PL4032 .*no space left ␛\[31m/);
    expect(text).toMatch(/Code +PL4032 {2}The environment could not be converged/);
    expect(text).toContain('pressluft explain PL4032   pressluft history environment/acme-production');
    const { lastRun, nextStep } = await view(production);
    expect(lastRun).toMatchObject({ outcome: 'failed', error: { code: errors.convergeFailed } });
    expect(nextStep).not.toBe('');
  });

  test('where its manifest is broken, and that it is quarantined', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    await cli.run(['reconcile']);
    await cli.repository.commit({ [file]: environmentFile('acme-production', '512Q') }, 'A slip');
    const text = await explain(production);
    expect(text).toContain('quarantined');
    expect(text).toContain('spec.php.memoryLimit: 256M → 512Q');
    expect(text).toContain(`${file}:12:18: error PL1034`);
    expect(text).toContain('pressluft explain PL1034');
  });

  test('which commit removed it, and what becomes of it', async () => {
    await cli.repository.commit(fleetFiles, 'The fleet');
    await cli.run(['reconcile']);
    await cli.repository.commit({ [file]: null }, 'Away with it');
    const text = await explain(production);
    expect(text).toMatch(/no longer exists\n +removed by [0-9a-f]{7} "Away with it"/);
    expect(text).toMatch(/Plan +environment\.retain {2}Removed/);
  });
});

test('explain leads from a site to the environment that is not ready', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  cli.nodes.failing.set('acme-staging', 'no space left');
  await cli.run(['reconcile']);
  const { related, nextStep } = await view('site/acme');
  expect(related.map(({ resource }) => resource)).toEqual(['environment/acme-staging']);
  expect(nextStep).toContain('pressluft explain environment/acme-staging');
});

test('explain leads from an environment to its node that cannot be reached', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.run(['reconcile']);
  cli.nodes.away.add('192.0.2.10');
  await cli.run(['reconcile']);
  const { related } = await view(production);
  expect(related.map(({ resource }) => resource)).toEqual(['node/web-1']);
});

test('explain works for every kind, with the same in JSON', async () => {
  await cli.repository.commit(fleetFiles, 'The fleet');
  await cli.run(['reconcile']);
  for (const subject of ['node/web-1', 'provider/hosts', 'site/acme', 'pressluft/demo', production]) {
    expect(await explain(subject)).toContain('✓ ready');
    expect(await view(subject)).toMatchObject({
      format: 'pressluft-explain',
      version: 2,
      resource: subject,
      state: 'ready',
    });
  }
});

test('explain of an unknown resource ends with 2 and the nearest name', async () => {
  await cli.repository.commit(fleetFiles);
  const { code, stderr } = await cli.run(['explain', 'environment/acme-productoin']);
  expect(code).toBe(2);
  expect(stderr).toContain(errors.resourceUnknown);
  expect(stderr).toContain('Did you mean environment/acme-production?');
});

test('explain of a name without its kind suggests the whole address', async () => {
  await cli.repository.commit(fleetFiles);
  const { code, stderr } = await cli.run(['explain', 'web-1']);
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean node/web-1?');
});
