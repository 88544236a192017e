import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CommitSha } from '../../src/fleet/brand.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { readAccepted } from '../../src/reconcile/accepted.ts';
import type { PassReport } from '../../src/reconcile/pass-report.ts';
import { allowing, signedBy } from '../support/signers.ts';
import { type DaemonHarness, daemonHarness, minuteMs, staging, stagingFile, web1 } from './daemon-harness.ts';

let daemon: DaemonHarness;
beforeEach(async () => {
  daemon = await daemonHarness();
});
afterEach(() => daemon.close());

const fleetStatusFile = 'status/pressluft/demo.yaml';
const fleetStatus = () => daemon.git.statusFiles().get(fleetStatusFile) ?? '';
const untilPolled = () => daemon.clock.advance(11_000);
const lastReport = (): PassReport => {
  const report = daemon.reports.at(-1);
  if (report === undefined) throw new Error('no pass has ended');
  return report;
};
const memoryLimitOf = (environment: string) =>
  JSON.stringify(daemon.nodes.nodes.get(web1)?.environments.get(environment)?.spec);
const tipChange = (limit: string) => ({ [staging]: stagingFile(limit) });

/** A daemon that applied a fleet whose commits only Ada may sign; returns that commit. */
async function signedFleet(...names: readonly string[]): Promise<CommitSha> {
  const commit = daemon.git.push(allowing(...(names.length === 0 ? ['ada'] : names)));
  await daemon.start({ intervalMs: minuteMs });
  return commit;
}

/** Another daemon, after the old one is gone with its store. */
async function restartWithoutStore(trustedCommit?: CommitSha): Promise<void> {
  await daemon.stop();
  daemon.deps.store.putValue('accepted-commit', null);
  await daemon.start({ intervalMs: minuteMs, ...(trustedCommit === undefined ? {} : { trustedCommit }) });
}

describe('an unsigned commit', () => {
  test('is not applied: the last accepted one stays in use, and drift from it is repaired', async () => {
    const accepted = await signedFleet();
    const tip = daemon.git.push(tipChange('512M'));
    await untilPolled();
    expect(lastReport()).toMatchObject({
      commit: accepted,
      tip,
      refusal: { code: errors.commitUnsigned, tip },
    });
    expect(memoryLimitOf('acme-staging')).not.toContain('512M');

    daemon.nodes.drifting.add('acme-production');
    const played = daemon.nodes.playbooks.length;
    await daemon.clock.advance(2 * minuteMs);
    expect(daemon.nodes.playbooks.length).toBeGreaterThan(played);
    expect(memoryLimitOf('acme-staging')).not.toContain('512M');
  });

  test('is reported in the status of the fleet with the next step, and written once', async () => {
    const accepted = await signedFleet();
    const tip = daemon.git.push(tipChange('512M'));
    await untilPolled();
    expect(fleetStatus()).toContain('CommitRefused');
    expect(fleetStatus()).toContain(`PL6006 commit ${tip.slice(0, 12)} is not signed`);
    expect(fleetStatus()).toContain(`PRESSLUFT_TRUSTED_COMMIT=${tip}`);
    expect(fleetStatus().replaceAll('"', '')).toContain(`observedRevision: ${accepted}`);
    const recorded = daemon.git.statusCommits().length;
    await daemon.clock.advance(5 * minuteMs);
    expect(daemon.git.statusCommits()).toHaveLength(recorded);
    const next = daemon.git.push(tipChange('768M'));
    await untilPolled();
    expect(fleetStatus()).toContain(`${next.slice(0, 12)} descends from it`);
  });

  test('is logged with author, reason and next step', async () => {
    const accepted = await signedFleet();
    const tip = daemon.git.push(tipChange('512M'), signedBy('eve'));
    await untilPolled();
    const lines = daemon.log.lines.filter(({ message }) => message === 'the newest commit is not applied');
    expect(lines[0]).toMatchObject({
      level: 'error',
      fields: {
        code: errors.commitUnsigned,
        commit: tip,
        inForce: accepted,
        hint: expect.stringContaining('signed by an allowed signer'),
      },
    });
    expect(lines[0]?.fields.message).toContain('is signed by a key that is not allowed');
  });

  test('is checked once: the loop then waits for the interval as usual', async () => {
    await signedFleet();
    daemon.git.push(tipChange('512M'));
    await untilPolled();
    const passes = daemon.started.length;
    await daemon.clock.advance(40_000);
    expect(daemon.started).toHaveLength(passes);
  });

  test('does not interrupt work forever when it exists before work starts', async () => {
    await signedFleet();
    daemon.git.push(tipChange('512M'));
    await untilPolled();
    daemon.nodes.drifting.add('acme-production');
    await daemon.clock.advance(2 * minuteMs);
    expect(daemon.reports.filter(({ preempted }) => preempted)).toEqual([]);
  });

  test('is applied when it is pushed again, signed, and the status is valid again', async () => {
    const accepted = await signedFleet();
    daemon.git.push(tipChange('512M'));
    await untilPolled();
    const signed = daemon.git.push(tipChange('512M'), { ...signedBy('ada'), parents: [accepted] });
    await untilPolled();
    expect(lastReport()).toMatchObject({ commit: signed, tip: signed, refusal: null });
    expect(memoryLimitOf('acme-staging')).toContain('512M');
    expect(fleetStatus()).not.toContain('CommitRefused');
  });

  test('is applied, with its history, once the controller is told to trust it', async () => {
    await signedFleet();
    daemon.git.push(tipChange('512M'));
    await untilPolled();
    const tip = daemon.git.push(tipChange('768M'), signedBy('ada'));
    await daemon.stop();
    await daemon.start({ trustedCommit: tip });
    expect(lastReport()).toMatchObject({ commit: tip, refusal: null });
  });
});

test('signers apply from the commit after the one that names them, and the status lists them', async () => {
  await daemon.start();
  const naming = daemon.git.push(allowing('ada', 'bob'));
  await untilPolled();
  expect(lastReport()).toMatchObject({ commit: naming, refusal: null });
  expect(fleetStatus()).toMatch(/signers:\s+- ada@acme\.example SHA256:\S{43}\s+- bob@acme\.example SHA256:/);
  const signed = daemon.git.push(tipChange('512M'), signedBy('bob'));
  await untilPolled();
  expect(lastReport()).toMatchObject({ commit: signed, refusal: null });
});

describe('attempts to go back', () => {
  test('a force-push to an older signed commit is not applied, even if rewriting is allowed', async () => {
    await signedFleet();
    const older = daemon.git.push(tipChange('512M'), signedBy('ada'));
    await untilPolled();
    const newer = daemon.git.push(tipChange('768M'), signedBy('ada'));
    await untilPolled();
    daemon.git.force(older);
    await untilPolled();
    expect(lastReport()).toMatchObject({
      commit: newer,
      tip: older,
      refusal: { code: errors.historyDiverged },
    });
    expect(memoryLimitOf('acme-staging')).toContain('768M');
    expect(fleetStatus()).toContain(errors.historyDiverged);
  });

  test('to former signers fail: a removed signer cannot continue from the old commit', async () => {
    const first = await signedFleet('ada', 'eve');
    const removed = daemon.git.push(allowing('ada'), signedBy('ada'));
    await untilPolled();
    const fork = daemon.git.push(tipChange('512M'), { ...signedBy('eve'), parents: [first] });
    await untilPolled();
    expect(lastReport()).toMatchObject({
      commit: removed,
      tip: fork,
      refusal: { code: errors.historyDiverged },
    });
  });

  test('across the loss of the store fail: the records say where the branch was', async () => {
    await signedFleet();
    const older = daemon.git.push(tipChange('512M'), signedBy('ada'));
    await untilPolled();
    const newer = daemon.git.push(tipChange('768M'), signedBy('ada'));
    await untilPolled();
    daemon.git.force(older);
    await restartWithoutStore();
    expect(lastReport()).toMatchObject({
      commit: newer,
      tip: older,
      refusal: { code: errors.historyDiverged },
    });
    expect(readAccepted(daemon.deps.store)?.commit).toBe(newer);
  });

  test('across the loss of store and clone fail: nothing is changed', async () => {
    await signedFleet();
    const older = daemon.git.push(tipChange('512M'), signedBy('ada'));
    await untilPolled();
    const newer = daemon.git.push(tipChange('768M'), signedBy('ada'));
    await untilPolled();
    daemon.git.force(older);
    daemon.git.cloneAgain();
    const recorded = daemon.git.statusCommits().length;
    await restartWithoutStore();
    expect(lastReport()).toMatchObject({ plan: null, tip: older, refusal: { code: errors.historyDiverged } });
    expect(lastReport().refusal?.message).toContain(`the records name ${newer.slice(0, 12)}`);
    expect(daemon.git.statusCommits()).toHaveLength(recorded);
    expect(readAccepted(daemon.deps.store)).toBeNull();
  });

  test('to a store from an old backup fail: a signer that was removed since may not sign', async () => {
    const first = await signedFleet('ada', 'eve');
    const old = daemon.deps.store.getValue('accepted-commit');
    const removed = daemon.git.push(allowing('ada'), signedBy('ada'));
    await untilPolled();
    await daemon.stop();
    daemon.deps.store.putValue('accepted-commit', old);
    const fork = daemon.git.push(tipChange('512M'), { ...signedBy('eve'), parents: [first] });
    await daemon.start();
    expect(lastReport()).toMatchObject({
      commit: removed,
      tip: fork,
      refusal: { code: errors.historyDiverged },
    });
  });
});

describe('after the loss of the store', () => {
  test('unsigned commits are refused as before, since the records name the commit applied last', async () => {
    const accepted = await signedFleet();
    await daemon.stop();
    const tip = daemon.git.push(tipChange('512M'));
    await restartWithoutStore();
    expect(lastReport()).toMatchObject({ commit: accepted, tip, refusal: { code: errors.commitUnsigned } });
    expect(daemon.log.lines.map(({ message }) => message)).toContain(
      'the allowed signers are read from the commit that the records name',
    );
  });

  test('and of the records the first commit is trusted, and the log says so', async () => {
    await signedFleet();
    await daemon.stop();
    daemon.git.pushStatus({ [fleetStatusFile]: null });
    const tip = daemon.git.push(tipChange('512M'));
    await restartWithoutStore();
    expect(lastReport()).toMatchObject({ commit: tip, refusal: null });
    expect(daemon.log.lines.map(({ message }) => message)).toContain(
      'the first commit is trusted; it names the allowed signers from now on',
    );
  });

  test('and of the records trust starts at the commit that the controller pins', async () => {
    const pin = await signedFleet();
    await daemon.stop();
    daemon.git.pushStatus({ [fleetStatusFile]: null });
    const tip = daemon.git.push({ ...tipChange('512M'), ...allowing('eve') });
    await restartWithoutStore(pin);
    expect(lastReport()).toMatchObject({ commit: pin, tip, refusal: { code: errors.commitUnsigned } });
  });

  test('a branch without the pinned commit is not applied', async () => {
    const pin = await signedFleet();
    const other = daemon.git.push({ ...tipChange('512M'), ...allowing('eve') }, { parents: [] });
    daemon.git.pushStatus({ [fleetStatusFile]: null });
    await restartWithoutStore(pin);
    expect(lastReport()).toMatchObject({ plan: null, tip: other, refusal: { code: errors.historyDiverged } });
  });

  test('records that name an unsigned commit make nothing trusted if a commit is pinned', async () => {
    const pin = await signedFleet();
    await daemon.stop();
    const evil = daemon.git.push({ ...tipChange('512M'), ...allowing('eve') });
    daemon.git.pushStatus({ [fleetStatusFile]: fleetStatus().replace(pin, evil) });
    await restartWithoutStore(pin);
    expect(lastReport()).toMatchObject({ plan: null, refusal: { code: errors.commitUnsigned } });
  });

  test('a store with an accepted commit ignores forged records', async () => {
    const accepted = await signedFleet();
    await daemon.stop();
    const evil = daemon.git.push({ ...tipChange('512M'), ...allowing('eve') });
    daemon.git.pushStatus({ [fleetStatusFile]: fleetStatus().replace(accepted, evil) });
    await daemon.start();
    expect(lastReport()).toMatchObject({
      commit: accepted,
      tip: evil,
      refusal: { code: errors.commitUnsigned },
    });
  });

  test('an unreadable entry of the store stops everything, and does not count as absent', async () => {
    await signedFleet();
    await daemon.stop();
    daemon.deps.store.putValue('accepted-commit', '{"commit":');
    const passes = daemon.reports.length;
    await daemon.start();
    expect(daemon.reports).toHaveLength(passes);
    expect(daemon.log.lines.at(-1)).toMatchObject({ level: 'error', fields: { code: errors.storeUnusable } });
  });
});

test('a pin that is older than the accepted commit changes nothing', async () => {
  const pin = await signedFleet();
  const newer = daemon.git.push(tipChange('512M'), signedBy('ada'));
  await untilPolled();
  daemon.git.force(pin);
  await daemon.stop();
  await daemon.start({ trustedCommit: pin });
  expect(lastReport()).toMatchObject({ commit: newer, tip: pin, refusal: { code: errors.historyDiverged } });
});

test('a fleet without signers follows every commit, also one that goes back', async () => {
  await daemon.start();
  const first = daemon.git.push(tipChange('512M'));
  await untilPolled();
  daemon.git.push(tipChange('768M'));
  await untilPolled();
  daemon.git.force(first);
  await untilPolled();
  expect(lastReport()).toMatchObject({ commit: first, tip: first, refusal: null });
});
