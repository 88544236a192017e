import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';

let cli: CliHarness;
beforeAll(async () => {
  cli = await cliHarness();
});
afterAll(() => cli.close());

const verbs = ['init', 'validate', 'plan', 'reconcile', 'run', 'status', 'wp'];

test('--help names every verb on stdout', async () => {
  const { code, stdout, stderr } = await cli.run(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const verb of verbs) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
});

test.each(verbs)('%s --help has an example', async (verb) => {
  const { code, stdout } = await cli.run([verb, '--help']);
  expect(code).toBe(0);
  expect(stdout).toContain(`Example:\n  $ pressluft ${verb}`);
});

test('--version prints the version alone', async () => {
  expect(await cli.run(['--version'])).toEqual({ code: 0, stdout: '0.0.0-test\n', stderr: '' });
});

test.each([
  ['an unknown verb', ['bogus']],
  ['an unknown flag', ['plan', '--bogus']],
  ['an unknown format', ['plan', '--format', 'xml']],
  ['a malformed duration', ['run', '--interval', 'soon']],
  ['an unknown log level', ['plan', '--log-level', 'loud']],
  ['a missing argument', ['wp', 'acme-production']],
])('%s exits with 2 and says so on stderr', async (_, args) => {
  const { code, stdout, stderr } = await cli.run(args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('error:');
});

test('an expected error has its code, a hint, and the exit code of its kind', async () => {
  // The remote of this harness has no commit yet.
  const { code, stdout, stderr } = await cli.run(['plan']);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error PL3005: .+\n {2}hint: .+\n$/);
});

test('colours come with --color, and go with --no-color or NO_COLOR', async () => {
  const red = '\u001b[31m';
  expect((await cli.run(['plan', '--color'])).stderr).toContain(red);
  expect((await cli.run(['plan'], { env: { FORCE_COLOR: '1' } })).stderr).toContain(red);
  expect((await cli.run(['plan'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stderr).not.toContain(red);
  expect((await cli.run(['plan', '--no-color'], { env: { FORCE_COLOR: '1' } })).stderr).not.toContain(red);
});
