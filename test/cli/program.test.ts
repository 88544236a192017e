import { afterAll, beforeAll, expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';

let cli: CliHarness;
beforeAll(async () => {
  cli = await cliHarness();
});
afterAll(() => cli.close());

const names = verbs.map(({ name }) => name);

test('every verb of the published command line is there', () => {
  const published = [
    'init',
    'validate',
    'plan',
    'approve',
    'reconcile',
    'run',
    'status',
    'explain',
    'history',
    'schema',
    'wp',
    'doctor',
    'lab',
  ];
  expect(names).toEqual(published);
});

test('--help names every verb on stdout', async () => {
  const { code, stdout, stderr } = await cli.run(['--help']);
  expect([code, stderr]).toEqual([0, '']);
  for (const verb of names) expect(stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
});

test.each(verbs)('$name --help has its summary and an example', async ({ name, summary }) => {
  const { code, stdout, stderr } = await cli.run([name, '--help']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`Usage: pressluft ${name} `);
  expect(stdout.replaceAll(/\s+/g, ' ')).toContain(summary);
  expect(stdout).toContain(`Example:\n  $ pressluft ${name}`);
});

test('help and the name of a verb print the help of the verb', async () => {
  expect(await cli.run(['help', 'plan'])).toEqual(await cli.run(['plan', '--help']));
});

test.each([
  ['a verb', ['stauts', '--help'], "'stauts'", 'status'],
  ['a verb after help', ['help', 'stauts'], "'stauts'", 'status'],
  ['a verb after a global flag', ['--no-color', 'stauts', '-h'], "'stauts'", 'status'],
  ['a verb of the lab', ['lab', 'rest', '--help'], "'rest'", 'reset'],
])(
  '%s that does not exist is an error with a suggestion, also when help is asked for',
  async (_, args, name, near) => {
    const { code, stdout, stderr } = await cli.run(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: unknown command ${name}\n(Did you mean ${near}?)`);
  },
);

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
