import { afterEach, beforeEach, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { runPath } from '../../src/record/run-document.ts';
import {
  type DaemonHarness,
  daemonHarness,
  gate,
  minuteMs,
  staging,
  stagingFile,
  untilAborted,
  web1,
  web2,
} from './daemon-harness.ts';

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

test('a pass runs at the start, converges, and leaves nothing to do', async () => {
  await daemon.start();
  expect(daemon.started).toEqual([{ trigger: 'start', atMs: 0 }]);
  expect(outcomesOf(0)).toEqual({
    'node.provision:web-1': 'succeeded',
    'node.provision:web-2': 'succeeded',
    'environment.converge:acme-production': 'succeeded',
    'environment.converge:acme-staging': 'succeeded',
    'environment.converge:blog': 'succeeded',
  });
  expect(daemon.reports[0]?.residual?.actions).toEqual([]);
});

test('the next passes come at the interval, spread by at most a tenth, and write nothing', async () => {
  await daemon.start({ intervalMs: minuteMs });
  const recorded = daemon.git.statusCommits().length;
  await daemon.clock.advance(20 * minuteMs);
  const pauses = daemon.started.slice(1).map(({ atMs }, index) => atMs - (daemon.started[index]?.atMs ?? 0));
  expect(pauses.length).toBeGreaterThanOrEqual(18);
  for (const pause of pauses) {
    expect(pause).toBeGreaterThanOrEqual(0.9 * minuteMs);
    expect(pause).toBeLessThanOrEqual(1.1 * minuteMs);
  }
  expect(new Set(pauses).size).toBeGreaterThan(10);
  expect(new Set(triggers().slice(1))).toEqual(new Set(['interval']));
  expect(daemon.git.statusCommits()).toHaveLength(recorded);
  expect(daemon.deps.store.runs(10)).toHaveLength(1);
});

test('a new commit that polling sees starts a pass', async () => {
  await daemon.start();
  const commit = daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(11_000);
  expect(triggers()).toEqual(['start', 'new commit']);
  expect(daemon.reports[1]?.commit).toBe(commit);
  expect(outcomesOf(1)).toEqual({ 'environment.converge:acme-staging': 'succeeded' });
});

test('a new commit that a watch announces starts a pass at once', async () => {
  await daemon.start();
  daemon.git.push({ [staging]: stagingFile('512M') });
  daemon.git.notify();
  await daemon.settle();
  expect(daemon.started).toEqual([
    { trigger: 'start', atMs: 0 },
    { trigger: 'new commit', atMs: 0 },
  ]);
});

test('our own push to the status branch does not wake the loop', async () => {
  await daemon.start();
  expect(daemon.git.statusCommits()).toHaveLength(1);
  daemon.git.notify();
  await daemon.clock.advance(5 * minuteMs);
  expect(triggers()).toEqual(['start']);
});

test('a trigger during a pass starts another pass, even if our own push follows it', async () => {
  const slow = gate();
  daemon.nodes.beforePlay = () => slow.passed;
  await daemon.start();
  daemon.ring('SIGHUP');
  slow.open();
  await daemon.settle();
  expect(triggers()).toEqual(['start', 'SIGHUP']);
});

test('a broken pressluft.yaml is polled for its correction like anything else', async () => {
  const good = new TextDecoder().decode(await readPressluftYaml());
  daemon.git.push({ 'pressluft.yaml': 'kind: [' });
  await daemon.start();
  expect(daemon.reports[0]?.plan).toBeNull();
  const commit = daemon.git.push({ 'pressluft.yaml': good });
  await daemon.clock.advance(11_000);
  expect(triggers()).toEqual(['start', 'new commit']);
  expect(daemon.reports[1]?.commit).toBe(commit);
});

async function readPressluftYaml(): Promise<Uint8Array> {
  const { source } = await daemon.deps.git.fetch('pressluft/status');
  const file = (await daemon.deps.git.list(source)).find(({ path }) => path === 'pressluft.yaml');
  return daemon.deps.git.read(file?.oid ?? '');
}

test('a new commit interrupts waits, which is no failure, and the next pass starts with it at once', async () => {
  let probes = 0;
  daemon.nodes.beforeProbe = async (host, signal) => {
    // The first probe observes; the second is that of provisioning, which a commit may interrupt.
    if (host === web1 && ++probes === 2) await untilAborted(signal);
  };
  await daemon.start();
  expect(daemon.reports).toEqual([]);
  const commit = daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(10_000);
  expect(daemon.reports[0]).toMatchObject({ preempted: true });
  expect(outcomesOf(0)).toMatchObject({ 'node.provision:web-1': 'cancelled' });
  expect(daemon.deps.store.retries()).toEqual([]);
  expect(daemon.started[1]).toEqual({ trigger: 'continued', atMs: 10_000 });
  expect(daemon.reports[1]).toMatchObject({ commit, preempted: false });
  expect(daemon.reports[1]?.residual?.actions).toEqual([]);
  expect(triggers()).toHaveLength(2);
});

test('after a new commit running work is finished, and nothing new starts in that pass', async () => {
  const slow = gate();
  daemon.nodes.beforePlay = ({ playbook }) => (playbook === 'node-provision' ? slow.passed : noPause());
  await daemon.start();
  daemon.git.push({ [staging]: stagingFile('512M') });
  daemon.git.notify();
  await daemon.settle();
  expect(daemon.reports).toEqual([]);
  slow.open();
  await daemon.settle();
  expect(outcomesOf(0)).toEqual({
    'node.provision:web-1': 'succeeded',
    'node.provision:web-2': 'succeeded',
  });
  expect(outcomesOf(1)).toMatchObject({ 'environment.converge:acme-staging': 'succeeded' });
  expect(daemon.started[1]).toEqual({ trigger: 'continued', atMs: 0 });
});

const noPause = () => Promise.resolve();

test('passes that are pre-empted again and again still record what they finished', async () => {
  let memory = 200;
  daemon.nodes.beforePlay = async () => {
    if (memory >= 205) return;
    daemon.git.push({ [staging]: stagingFile(`${memory++}M`) });
    daemon.git.notify();
    await daemon.deps.clock.sleep(1000);
  };
  await daemon.start();
  await daemon.clock.advance(minuteMs);
  const pre = daemon.reports.filter(({ preempted }) => preempted);
  expect(pre.length).toBeGreaterThanOrEqual(2);
  const files = daemon.git.statusFiles();
  const runs = daemon.deps.store.runs(50);
  expect(runs.length).toBeGreaterThan(pre.length);
  for (const run of runs) expect(files.has(runPath(run)), run.id).toBe(true);
  expect(daemon.reports.at(-1)?.residual?.actions).toEqual([]);
});

test('a pass that cannot fetch does not end the daemon, and the first successful fetch starts a pass', async () => {
  daemon.git.unreachable = true;
  await daemon.start();
  await daemon.clock.advance(minuteMs);
  expect(daemon.reports).toEqual([]);
  expect(triggers()).toEqual(['start']);
  expect(daemon.log.lines).toContainEqual(
    expect.objectContaining({ level: 'error', message: 'pass failed' }),
  );
  daemon.git.unreachable = false;
  await daemon.clock.advance(11_000);
  expect(triggers()).toEqual(['start', 'new commit']);
  expect(daemon.reports).toHaveLength(1);
});

test('a failed pass is retried at the interval, and at once for another commit', async () => {
  const repair = breakPlanning();
  await daemon.start({ intervalMs: 10 * minuteMs });
  await daemon.clock.advance(8 * minuteMs);
  expect(triggers()).toEqual(['start']);
  await daemon.clock.advance(4 * minuteMs);
  expect(triggers()).toEqual(['start', 'interval']);
  repair();
  daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(11_000);
  expect(triggers()).toEqual(['start', 'interval', 'new commit']);
  expect(daemon.reports).toHaveLength(1);
});

test('a new commit that arrived during a failed pass is not forgotten', async () => {
  const slow = gate();
  daemon.nodes.beforePlay = () => slow.passed;
  await daemon.start();
  const commit = daemon.git.push({ [staging]: stagingFile('512M') });
  daemon.git.notify();
  await daemon.settle();
  const repair = breakPlanning();
  daemon.git.onFetch = repair;
  slow.open();
  await daemon.settle();
  expect(daemon.started[1]).toEqual({ trigger: 'continued', atMs: 0 });
  expect(daemon.reports[0]?.commit).toBe(commit);
  expect(daemon.log.lines).toContainEqual(expect.objectContaining({ message: 'pass failed' }));
});

/** Lets every pass fail after it has observed; returns a function that repairs it. */
function breakPlanning(): () => void {
  const { ansible } = daemon.nodes;
  const { contentVersion } = ansible;
  Object.assign(ansible, { contentVersion: () => Promise.reject(new Error('no content')) });
  return () => void Object.assign(ansible, { contentVersion });
}

test('with an unreachable remote the last known commit stays in use, and drift is still repaired', async () => {
  await daemon.start({ intervalMs: minuteMs });
  daemon.git.unreachable = true;
  daemon.nodes.drifting.add('blog');
  await daemon.clock.advance(1.1 * minuteMs);
  expect(outcomesOf(-1)).toEqual({ 'environment.converge:blog': 'succeeded' });
  expect(daemon.log.lines).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      message: 'fetch failed, continuing with the last known commit',
    }),
  );
  const [run] = daemon.deps.store.runs(1);
  expect(run === undefined || daemon.git.statusFiles().has(runPath(run))).toBe(false);
  daemon.git.unreachable = false;
  await daemon.clock.advance(1.1 * minuteMs);
  expect(run !== undefined && daemon.git.statusFiles().has(runPath(run))).toBe(true);
});

test('stopped while it waits, it ends at once and leaves no timer', async () => {
  await daemon.start();
  await daemon.stop();
  expect(daemon.clock.sleeping).toBe(0);
  expect(triggers()).toEqual(['start']);
});

test('stopped while it works, it starts nothing more, and the next process records the run', async () => {
  const slow = gate();
  daemon.nodes.beforePlay = () => slow.passed;
  await daemon.start();
  const stopped = daemon.stop();
  slow.open();
  await stopped;
  expect(new Set(daemon.nodes.playbooks)).toEqual(new Set(['node-provision']));
  expect(daemon.clock.sleeping).toBe(0);
  expect(daemon.deps.store.unfinishedRuns()).toEqual([]);
  expect(daemon.deps.store.retries()).toEqual([]);
  expect(daemon.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
  const [run] = daemon.deps.store.runs(1);
  expect(run?.results).toMatchObject([{ outcome: 'cancelled' }, { outcome: 'cancelled' }]);
  expect(daemon.git.statusCommits()).toEqual([]);
  await daemon.start();
  expect(run !== undefined && daemon.git.statusFiles().has(runPath(run))).toBe(true);
  expect(daemon.reports.at(-1)?.residual?.actions).toEqual([]);
});

test('stopped in the middle of a fetch, it says nothing about the remote', async () => {
  await daemon.start();
  daemon.git.unreachable = true;
  daemon.git.onFetch = () => void daemon.stop();
  daemon.ring('SIGHUP');
  await daemon.settle();
  await daemon.stop();
  expect(triggers()).toEqual(['start', 'SIGHUP']);
  expect(daemon.log.lines.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('a run that an earlier process left open is recorded as interrupted', async () => {
  const { store } = daemon.deps;
  const commit = daemon.git.push({});
  store.startRun('20260101t000000z-killed', commit, '2026-01-01T00:00:00.000Z');
  store.addRunStep('20260101t000000z-killed', {
    name: 'server',
    resource: 'node/web-1' as never,
    status: 'ok',
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 5,
  });
  await daemon.start();
  const file = daemon.git.statusFiles().get('runs/2026-01/20260101t000000z-killed.yaml');
  expect(file).toContain('interrupted: true');
  expect(file).toContain('name: server');
  expect(store.unfinishedRuns()).toEqual([]);
});

test('a slow node does not delay another one', async () => {
  const slow = gate();
  daemon.nodes.beforePlay = ({ address }) => (address.host === web1 ? slow.passed : noPause());
  await daemon.start();
  expect([...(daemon.nodes.nodes.get(web2)?.environments.keys() ?? [])]).toEqual(['blog']);
  expect(daemon.reports).toEqual([]);
  slow.open();
  await daemon.settle();
  expect(daemon.reports[0]?.residual?.actions).toEqual([]);
});

test('a run that a full disk cut off is closed and recorded by the next pass, without a restart', async () => {
  const { store } = daemon.deps;
  const { finishRun } = store;
  Object.assign(store, {
    finishRun: () => {
      throw new PressluftError(errors.diskFull, 'the disk is full');
    },
  });
  await daemon.start({ intervalMs: minuteMs });
  const [open] = store.unfinishedRuns();
  expect(open).toBeDefined();
  Object.assign(store, { finishRun });
  await daemon.clock.advance(2 * minuteMs);
  expect(store.unfinishedRuns()).toEqual([]);
  expect([...daemon.git.statusFiles().keys()].some((path) => path.includes(open?.id ?? 'none'))).toBe(true);
});
