import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diagnosticCodes } from '../../src/manifest/diagnostics/catalogue.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

async function writeManifests(changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const dir = join(cli.repository.dir, 'manifests');
  for (const [path, text] of Object.entries({ ...fleetFiles, ...changes })) {
    await mkdir(join(dir, path, '..'), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

const broken = { 'sites/acme.yaml': `${fleetFiles['sites/acme.yaml']}  colour: red\n` };

test('validate counts what is there and exits with 2 when something is wrong', async () => {
  await writeManifests();
  expect(await cli.run(['validate', 'manifests'])).toMatchObject({
    code: 0,
    stdout: '2 environments, 1 site, 1 node, 1 provider in 6 files: valid\n',
  });
  await writeManifests(broken);
  const { code, stdout } = await cli.run(['validate', 'manifests']);
  expect(code).toBe(2);
  expect(stdout).toMatch(/sites\/acme\.yaml:7:3: error PL1\d+/);
  expect(stdout).toMatch(/: 1 error, \d+ warnings?\n$/);
  const json = await cli.run(['validate', 'manifests', '--format', 'json']);
  expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, valid: false, files: 6 });
});

test('what programs read is alone on standard output; the verdict is on standard error', async () => {
  await writeManifests(broken);
  for (const format of ['json', 'gitlab', 'sarif']) {
    const { code, stdout, stderr } = await cli.run(['validate', 'manifests', '--format', format]);
    expect(code).toBe(2);
    expect(() => JSON.parse(stdout)).not.toThrow();
    expect(stderr).toMatch(/: 1 error, \d+ warnings?\n$/);
  }
});

test('reports go to files beside what is printed, with paths from the root of the checkout', async () => {
  await writeManifests(broken);
  const { stdout } = await cli.run([
    'validate',
    'manifests',
    '--report',
    'sarif=reports/out.sarif',
    '--report',
    'junit=reports/junit.xml',
    '--report',
    'gitlab=gl=code.json',
  ]);
  expect(stdout).toContain('sites/acme.yaml:7:3: error PL1030');
  const read = (path: string) => readFile(join(cli.repository.dir, path), 'utf8');
  const [run] = JSON.parse(await read('reports/out.sarif')).runs;
  expect(JSON.stringify(run.results)).toContain('"uri":"manifests/sites/acme.yaml"');
  expect(await read('reports/junit.xml')).toContain('name="manifests/sites/acme.yaml:7:3 PL1030"');
  const issues: { location: { path: string } }[] = JSON.parse(await read('gl=code.json'));
  expect(issues.map(({ location }) => location.path)).toContain('manifests/sites/acme.yaml');
  for (const wrong of ['sarif', 'sarif=', 'pdf=x']) {
    expect((await cli.run(['validate', 'manifests', '--report', wrong])).code).toBe(2);
  }
  const { code, stderr } = await cli.run([
    'validate',
    'manifests',
    '--report',
    'json=manifests/pressluft.yaml/x',
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain('error PL2001: cannot write');
});

test('a GitHub job gets annotations, and a table of everything added to its summary', async () => {
  const dir = await writeManifests(broken);
  const summary = join(cli.repository.dir, 'summary.md');
  await writeFile(summary, 'Before.\n');
  const env = { GITHUB_STEP_SUMMARY: summary, GITHUB_WORKSPACE: join(dir, '..') };
  const { stdout } = await cli.run(['validate', 'manifests', '--format', 'github'], { env });
  expect(stdout).toMatch(/^::error file=manifests\/sites\/acme\.yaml,line=7,endLine=7,col=3,/m);
  const written = await readFile(summary, 'utf8');
  expect(written).toMatch(/^Before\.\n## Pressluft/);
  expect(written).toMatch(/^\| error \| manifests\/sites\/acme\.yaml/m);
});

test('no form lets control characters of a file name reach the terminal', async () => {
  await writeManifests({ 'sites/\u001b[31m\u009b31m\u202ered.yaml': 'kind: Site\n' });
  for (const format of ['text', 'json', 'github', 'gitlab', 'sarif', 'junit']) {
    const { stdout, stderr } = await cli.run(['validate', 'manifests', '--format', format]);
    expect(stdout).toContain(diagnosticCodes.envelopeIncomplete);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  const { stdout } = await cli.run(['validate', 'manifests', '--format', 'json']);
  expect(JSON.parse(stdout).diagnostics[0].file).toBe('sites/\u001b[31m\u009b31m\u202ered.yaml');
});

test('--strict takes warnings for errors', async () => {
  await writeManifests({ 'link/more.yaml': '' });
  const dir = join(cli.repository.dir, 'manifests');
  await symlink(dir, join(dir, 'linked'));
  const plain = await cli.run(['validate', 'manifests']);
  expect(plain).toMatchObject({ code: 0, stdout: expect.stringMatching(/: valid, 1 warning\n$/) });
  const strict = await cli.run(['validate', 'manifests', '--strict']);
  expect(strict).toMatchObject({ code: 2, stdout: expect.stringMatching(/: 1 error\n$/) });
});

test('init writes the example and says how to go on', async () => {
  const { code, stdout } = await cli.run(['init', 'my fleet']);
  expect(code).toBe(0);
  expect(stdout).toContain("  cd 'my fleet'");
  expect(stdout).toContain('pressluft validate');
});
