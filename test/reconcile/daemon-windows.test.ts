import { afterEach, beforeEach, expect, test } from 'vitest';
import { fleetFiles } from '../cli/fleet-files.ts';
import { type DaemonHarness, daemonHarness, minuteMs, staging, stagingFile } from './daemon-harness.ts';

let daemon: DaemonHarness;
beforeEach(async () => {
  daemon = await daemonHarness();
});
afterEach(() => daemon.close());

const hourMs = 60 * minuteMs;
const triggers = () => daemon.started.map(({ trigger }) => trigger);

/** A window that opens at this minute of the virtual clock's day and stays open for so long. */
function withWindow(openAt: number, durationMinutes: number): string {
  const at = new Date(openAt);
  const start = `${at.getUTCMinutes()} ${at.getUTCHours()} * * *`;
  const window = `{ name: nights, start: "${start}", timezone: UTC, duration: ${durationMinutes}m, risks: [restart, downtime, data] }`;
  return `${fleetFiles['pressluft.yaml']}  maintenance: { windows: [${window}] }\n`;
}

const nextMinute = () => Math.ceil(daemon.clock.now() / minuteMs) * minuteMs;
const readyOf = (ref: string) =>
  daemon.reports
    .at(-1)
    ?.status.get(ref as never)
    ?.conditions.find(({ type }) => type === 'Ready');

test('work that waits for a window starts when it opens, independent of the interval', async () => {
  const openAt = nextMinute() + 7 * hourMs;
  daemon.git.push({ 'pressluft.yaml': withWindow(openAt, 30) });
  await daemon.start({ intervalMs: 24 * hourMs });
  daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(minuteMs);
  expect(readyOf('environment/acme-staging')).toMatchObject({
    status: 'False',
    reason: 'MaintenanceWindow',
    nextStep: expect.stringContaining(
      `it runs from ${new Date(openAt).toISOString().replace('.000Z', 'Z')}.`,
    ),
  });
  await daemon.clock.advance(openAt - daemon.clock.now() - 1000);
  expect(triggers()).toEqual(['start', 'new commit']);
  await daemon.clock.advance(2000);
  expect(triggers()).toEqual(['start', 'new commit', 'maintenance']);
  expect(daemon.reports.at(-1)?.results).toMatchObject([
    { action: 'environment.converge:acme-staging', outcome: 'succeeded' },
  ]);
  expect(readyOf('environment/acme-staging')?.status).toBe('True');
});

test('waiting for a window causes no passes and no commits', async () => {
  const openAt = nextMinute() + 20 * hourMs;
  daemon.git.push({ 'pressluft.yaml': withWindow(openAt, 30) });
  await daemon.start({ intervalMs: hourMs });
  daemon.git.push({ [staging]: stagingFile('512M') });
  await daemon.clock.advance(minuteMs);
  const recorded = daemon.git.statusCommits().length;
  await daemon.clock.advance(10 * hourMs);
  expect(daemon.git.statusCommits()).toHaveLength(recorded);
  expect(daemon.started.length).toBeLessThan(16);
});

test('a record of another writer, such as an approval, starts a pass', async () => {
  await daemon.start();
  daemon.git.pushStatus({ 'approvals/x.yaml': 'kind: Approval\n' });
  await daemon.clock.advance(11_000);
  expect(triggers()).toEqual(['start', 'new record']);
  expect(daemon.log.lines.filter(({ message }) => message.includes('cannot be read'))).toHaveLength(1);
});
