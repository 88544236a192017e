import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DaemonHarness, daemonHarness, minuteMs, staging, stagingFile, web1 } from './daemon-harness.ts';

let daemon: DaemonHarness;
beforeEach(async () => {
  daemon = await daemonHarness();
});
afterEach(() => daemon.close());

const triggers = () => daemon.started.map(({ trigger }) => trigger);
const outcomesOf = (index: number) =>
  Object.fromEntries(
    (daemon.reports.at(index)?.results ?? []).map(({ action, outcome }) => [action, outcome]),
  );

test('a failed action is tried again after 1, 5 and 15 minutes, then it is stalled', async () => {
  daemon.nodes.failing.set('acme-staging', 'no space left');
  await daemon.start();
  await daemon.clock.advance(5 * 60 * minuteMs);
  const tried = daemon.reports.flatMap(({ results }, index) =>
    results.some(({ outcome }) => outcome === 'failed')
      ? [(daemon.started[index]?.atMs ?? 0) / minuteMs]
      : [],
  );
  const pauses = tried.slice(1).map((at, index) => at - (tried[index] ?? 0));
  expect(pauses).toHaveLength(3);
  for (const [index, minutes] of [1, 5, 15].entries()) {
    expect(pauses[index]).toBeGreaterThanOrEqual(minutes);
    expect(pauses[index]).toBeLessThanOrEqual(minutes * 1.1 + 0.001);
  }
  expect(pauses.every((pause) => Number.isInteger(pause))).toBe(false);
  expect(triggers()).toEqual(['start', 'retry', 'retry', 'retry']);
  expect(daemon.reports.at(-1)?.residual?.blocked).toMatchObject([
    { resource: 'environment/acme-staging', reason: 'Stalled', needsPerson: true },
  ]);
});

test('a failure that only a change can fix is stalled at once', async () => {
  daemon.nodes.failing.set('acme-staging', 'checksum_mismatch: sha256 is another one');
  await daemon.start();
  await daemon.clock.advance(5 * 60 * minuteMs);
  expect(triggers()).toEqual(['start']);
  expect(daemon.reports.at(-1)?.residual?.blocked).toMatchObject([
    { resource: 'environment/acme-staging', reason: 'Stalled', needsPerson: true },
  ]);
});

test('a release that was switched back is tried again only for another state, not on a signal', async () => {
  daemon.nodes.failing.set(
    'acme-staging',
    'release_switched_back: PHP Fatal error: x; release 1 serves again',
  );
  await daemon.start();
  expect(daemon.reports.at(-1)?.residual?.blocked).toMatchObject([
    {
      reason: 'ReleaseSwitchedBack',
      needsPerson: true,
      message: 'PL4034: environment/acme-staging: PHP Fatal error: x; release 1 serves again',
    },
  ]);
  daemon.nodes.failing.clear();
  daemon.ring('SIGUSR1');
  await daemon.settle();
  expect(outcomesOf(-1)).toEqual({});
  daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(11_000);
  expect(outcomesOf(-1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
});

test('a stalled action is tried at once when its manifest changes', async () => {
  daemon.nodes.failing.set('acme-staging', 'no space left');
  await daemon.start();
  await daemon.clock.advance(5 * 60 * minuteMs);
  daemon.nodes.failing.clear();
  daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(11_000);
  expect(outcomesOf(-1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
  expect(daemon.deps.store.retries()).toEqual([]);
});

test('a stalled action is tried at once when an operator signals', async () => {
  daemon.nodes.failing.set('acme-staging', 'no space left');
  await daemon.start();
  await daemon.clock.advance(5 * 60 * minuteMs);
  daemon.nodes.failing.clear();
  daemon.ring('SIGUSR1');
  await daemon.settle();
  expect(triggers().at(-1)).toBe('SIGUSR1');
  expect(outcomesOf(-1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
});

test('a changed desired digest does not wait for the pause of the old one', async () => {
  daemon.nodes.failing.set('acme-staging', 'no space left');
  await daemon.start();
  daemon.nodes.failing.clear();
  daemon.git.push({ [staging]: stagingFile('512M') });
  daemon.git.notify();
  await daemon.settle();
  expect(daemon.clock.monotonic()).toBe(0);
  expect(outcomesOf(1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
});

test('a due retry that is blocked for another reason makes no busy loop', async () => {
  daemon.nodes.failing.set('acme-staging', 'no space left');
  await daemon.start();
  daemon.nodes.away.add(web1);
  await daemon.clock.advance(30 * minuteMs);
  expect(triggers()).toEqual(['start', 'retry']);
  daemon.nodes.away.clear();
  daemon.nodes.failing.clear();
  daemon.ring('SIGHUP');
  await daemon.settle();
  expect(outcomesOf(-1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
});

test('an action that is planned again after every success waits for the interval', async () => {
  daemon.nodes.beforePlay = async ({ playbook }) => {
    if (playbook === 'environment-converge') daemon.nodes.drifting.add('blog');
  };
  await daemon.start({ intervalMs: minuteMs });
  expect(daemon.reports[0]?.residual?.actions).toMatchObject([{ id: 'environment.converge:blog' }]);
  await daemon.clock.advance(3 * minuteMs);
  expect(daemon.started.length).toBeLessThanOrEqual(5);
  expect(new Set(triggers().slice(1))).toEqual(new Set(['interval']));
});
