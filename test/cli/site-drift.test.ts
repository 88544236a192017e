import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ObservedSite } from '../../src/fleet/observed-site.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { environmentFile, fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

const site: ObservedSite = {
  activePlugins: [],
  activeTheme: 'twentytwentyfive',
  title: 'Acme',
  adminEmail: 'owner@acme.example',
  locale: 'en_US',
  databaseVersion: '60421',
  frontPage: null,
  code: null,
};
const name = 'acme-production';
const owners = (manage: string) => ({
  [`environments/${name}.yaml`]: environmentFile(name, '256M').replace(
    '{ version: 7.1.1 }',
    `{ version: 7.1.1, manage: ${manage} }`,
  ),
});

async function text(...args: readonly string[]): Promise<string> {
  return (await cli.run([...args])).stdout;
}

test('what the site owns is shown with the value of Git, and left alone by every pass', async () => {
  await cli.repository.commit(fleetFiles);
  cli.nodes.sites.set(name, site);
  await cli.run(['reconcile']);
  cli.nodes.sites.set(name, { ...site, title: 'Mine', adminEmail: 'me@acme.example' });
  expect(await text('plan')).toContain('No changes. The fleet is as described.');
  await cli.run(['reconcile', '--force']);
  expect(cli.nodes.sites.get(name)).toMatchObject({ title: 'Mine', adminEmail: 'me@acme.example' });
  const words = 'title: "Mine" (owned by the site; Git says "Acme")';
  const status = await text('status', `environment/${name}`);
  expect(status).toContain(words);
  expect(status).toContain(
    'adminEmail: "me@acme.example" (owned by the site; Git says "owner@acme.example")',
  );
  expect(await text('explain', `environment/${name}`)).toContain(words);
  expect(await text('status')).not.toContain('owned by the site');
  const json = JSON.parse(await text('explain', `environment/${name}`, '--format', 'json'));
  expect(json.siteOwned).toContainEqual({ field: 'title', site: 'Mine', git: 'Acme' });
});

test('what Git owns is planned with before and after, put back, and quiet afterwards', async () => {
  await cli.repository.commit({ ...fleetFiles, ...owners('{ title: git }') });
  cli.nodes.sites.set(name, site);
  await cli.run(['reconcile']);
  cli.nodes.sites.set(name, { ...site, title: 'Hacked', activePlugins: ['backdoor'] });
  const plan = await text('plan');
  expect(plan).toContain('title is "Hacked", plugin backdoor is active');
  expect(plan).toMatch(/title +"Hacked" +→ "Acme"/);
  expect(plan).toMatch(/wordpress\.plugins\.backdoor\.active +true +→ false/);
  await cli.run(['reconcile']);
  expect(cli.nodes.sites.get(name)).toMatchObject({ title: 'Acme', activePlugins: [] });
  expect(await text('plan')).toContain('No changes. The fleet is as described.');
});

test('an unrelated commit that would also put something back lists both', async () => {
  await cli.repository.commit({ ...fleetFiles, ...owners('{ title: git }') });
  cli.nodes.sites.set(name, site);
  await cli.run(['reconcile']);
  cli.nodes.sites.set(name, { ...site, title: 'Hacked' });
  const [[path, file] = ['', '']] = Object.entries(owners('{ title: git }'));
  await cli.repository.commit({ [path]: file.replace('256M', '512M') });
  const plan = await text('plan');
  expect(plan).toMatch(/php\.memory_limit +"256M" +→ "512M"/);
  expect(plan).toMatch(/title +"Hacked" +→ "Acme"/);
});

test('a plan from the records tells the same drift', async () => {
  await cli.repository.commit(fleetFiles);
  cli.nodes.sites.set(name, { ...site, activePlugins: ['backdoor'] });
  cli.nodes.failing.set(name, 'no space left');
  await cli.run(['reconcile']);
  cli.nodes.failing.clear();
  await cli.run(['reconcile']);
  cli.nodes.sites.set(name, { ...site, activePlugins: ['backdoor'] });
  cli.nodes.failing.set(name, 'no space left');
  await cli.run(['reconcile']);
  expect(await text('plan', '--observed', 'status')).toContain('plugin backdoor is active');
});

test('a setting that this version does not apply is told by plan, reconcile, status and explain', async () => {
  const withTls = environmentFile(name, '256M').replace('  php:', '  tls: { mode: acme }\n  php:');
  await cli.repository.commit({ ...fleetFiles, [`environments/${name}.yaml`]: withTls });
  const first = await text('reconcile');
  expect(first).toContain('Converged. The fleet is as described, except for 1 setting');
  const words = 'tls.mode acme';
  expect(await text('reconcile')).toContain('Nothing to do. The fleet is as described, except for 1 setting');
  expect(await text('plan')).toContain(words);
  expect(await text('status')).toMatch(/acme-production +PartlyApplied/);
  expect(await text('status', `environment/${name}`)).toContain(words);
  expect(await text('explain', `environment/${name}`)).toContain(words);
});
