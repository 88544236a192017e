import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('validate counts what is there and exits with 2 when something is wrong', async () => {
  const dir = join(cli.repository.dir, 'manifests');
  for (const [path, text] of Object.entries(fleetFiles)) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  expect(await cli.run(['validate', 'manifests'])).toMatchObject({
    code: 0,
    stdout: '2 environments, 1 site, 1 node, 1 provider in 6 files: valid\n',
  });
  await writeFile(join(dir, 'sites/acme.yaml'), `${fleetFiles['sites/acme.yaml']}  colour: red\n`);
  const { code, stdout } = await cli.run(['validate', 'manifests']);
  expect(code).toBe(2);
  expect(stdout).toMatch(/sites\/acme\.yaml:7:3: error PL1\d+/);
  expect(stdout).toMatch(/: \d+ errors?\n$/);
  const json = await cli.run(['validate', 'manifests', '--format', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, valid: false, files: 6 });
});

test('init writes the example and says how to go on', async () => {
  const { code, stdout } = await cli.run(['init', 'my fleet']);
  expect(code).toBe(0);
  expect(stdout).toContain("  cd 'my fleet'");
  expect(stdout).toContain('pressluft validate');
});
