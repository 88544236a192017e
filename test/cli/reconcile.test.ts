import { rename } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CliHarness, cliHarness } from '../support/cli-harness.ts';
import { screenOf } from '../support/screen.ts';
import { fleetFiles } from './fleet-files.ts';

let cli: CliHarness;
beforeEach(async () => {
  cli = await cliHarness();
});
afterEach(() => cli.close());

test('reconcile converges, records, and says what it did', async () => {
  await cli.repository.commit(fleetFiles);
  const { code, stdout, stderr } = await cli.run(['reconcile']);
  expect(code).toBe(0);
  expect(stdout).toContain('✓ done  environment/acme-production  environment.converge');
  expect(stdout).toMatch(/Converged\. The fleet is as described\. \(commit [0-9a-f]{7}, .* recorded in/);
  expect(stderr).toContain('web-1  environment/acme-production  database  changed (0.0 s)');
  expect(cli.nodes.playbooks).toEqual(['node-provision', 'environment-converge']);
  expect(cli.sessions).toEqual({ opened: ['exclusive'], open: 0 });
});

test('a second reconcile changes nothing, neither nodes nor the status branch', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  const head = await cli.repository.git('ls-remote', 'origin', 'refs/heads/pressluft/status');
  const { code, stdout } = await cli.run(['reconcile']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('Nothing to do.')]);
  expect(cli.nodes.playbooks).toHaveLength(2);
  expect(await cli.repository.git('ls-remote', 'origin', 'refs/heads/pressluft/status')).toBe(head);
});

test('a failing environment exits with 4, names the error, and the others go on', async () => {
  await cli.repository.commit(fleetFiles);
  cli.nodes.failing.set('acme-staging', 'no space left');
  const { code, stdout } = await cli.run(['reconcile']);
  expect(code).toBe(4);
  expect(stdout).toContain('✓ done    environment/acme-production');
  expect(stdout).toContain('✗ environment/acme-staging  PL4032');
  expect(stdout).toContain('no space left');
});

test('a release that was switched back is Stalled, and tried again with --force only', async () => {
  await cli.repository.commit(fleetFiles);
  const cause = 'PHP Fatal error: Uncaught Error: x in y.php:3';
  cli.nodes.failing.set('acme-staging', `release_switched_back: ${cause}; release 7.1.1-abc serves again`);
  const first = await cli.run(['reconcile']);
  expect(first.code).toBe(4);
  expect(first.stdout).toContain('✗ environment/acme-staging  PL4034');
  expect(first.stdout).toContain(cause);
  const converges = () => cli.nodes.playbooks.filter((name) => name === 'environment-converge').length;
  const before = converges();
  const second = await cli.run(['reconcile']);
  expect(second.code).toBe(6);
  expect(converges()).toBe(before);
  const { stdout } = await cli.run(['status', 'environment/acme-staging']);
  expect(stdout).toContain('ReleaseSwitchedBack');
  expect(stdout).toContain('release 7.1.1-abc serves again');
  expect(stdout).toContain('revert the commit');
  cli.nodes.failing.clear();
  expect((await cli.run(['reconcile', '--force'])).code).toBe(0);
});

test('reconcile --format json is one JSON document', async () => {
  await cli.repository.commit(fleetFiles);
  const { stdout } = await cli.run(['reconcile', '--format', 'json']);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({
    format: 'pressluft-pass',
    outcome: 'converged',
    exitCode: 0,
    residual: { summary: { actions: 0, blocked: 0 } },
  });
});

test('run reconciles until it is stopped, logs, and ends with 0', async () => {
  await cli.repository.commit(fleetFiles);
  const stop = new AbortController();
  const running = cli.run(['run', '--poll-interval', '1s'], { signal: stop.signal });
  try {
    const messages = () => cli.log.lines.map(({ message }) => message);
    await expect.poll(messages, { timeout: 20_000 }).toContain('pass finished');
  } finally {
    stop.abort(new Error('stopped by SIGTERM'));
  }
  const { code, stderr } = await running;
  expect(code).toBe(0);
  const lines = stderr
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(lines).toContainEqual(expect.objectContaining({ level: 'info', msg: 'action finished' }));
  expect(cli.log.lines).toContainEqual(
    expect.objectContaining({ level: 'info', message: 'action finished' }),
  );
  expect(cli.sessions).toEqual({ opened: ['exclusive'], open: 0 });
  expect(process.listenerCount('SIGHUP')).toBe(0);
});

test('on a terminal a warning is a line above the live frame', async () => {
  await cli.repository.commit(fleetFiles);
  await cli.run(['reconcile']);
  await rename(cli.repository.url, `${cli.repository.url}.away`);
  const terminal: string[] = [];
  const { code } = await cli.run(['reconcile'], { terminal });
  expect(code).toBe(0);
  const lines = screenOf(terminal).split('\n');
  const warning = lines.findIndex((line) =>
    line.includes('fetch failed, continuing with the last known commit'),
  );
  const frame = lines.findIndex((line) => line.includes('pass 1'));
  expect(lines[warning]).toContain('warn');
  expect([warning >= 0, warning < frame]).toEqual([true, true]);
  expect(lines.filter((line) => line.includes('pass 1'))).toHaveLength(1);
  await rename(`${cli.repository.url}.away`, cli.repository.url);
});

test('run shows warnings on a terminal, and nothing of level info', async () => {
  await cli.repository.commit(fleetFiles);
  cli.nodes.failing.set('acme-staging', 'no space left');
  await cli.run(['reconcile']);
  await rename(cli.repository.url, `${cli.repository.url}.away`);
  const [terminal, stop] = [[] as string[], new AbortController()];
  const running = cli.run(['run', '--poll-interval', '1s'], { terminal, signal: stop.signal });
  try {
    await expect.poll(() => screenOf(terminal), { timeout: 20_000 }).toContain('fetch failed');
  } finally {
    stop.abort(new Error('stopped by SIGTERM'));
    await running;
  }
  expect(screenOf(terminal)).not.toContain('action finished');
  expect(terminal.join('')).not.toContain('"level"');
  await rename(`${cli.repository.url}.away`, cli.repository.url);
});
