import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DaemonHarness, daemonHarness, staging, stagingFile } from './daemon-harness.ts';

let harness: DaemonHarness;
beforeEach(async () => {
  harness = await daemonHarness();
});
afterEach(() => harness.close());

/** State after a process was killed after its push, but before it stored that its runs are in Git. */
function forgetThatRunsAreRecorded(): readonly string[] {
  const ids = harness.deps.store.runs(10).map(({ id }) => id);
  harness.deps.store.putValue('runs/unrecorded', ids.join('\n'));
  return ids;
}

const announced = () =>
  harness.git
    .statusCommits()
    .flatMap(({ message }) => [...message.matchAll(/^Pressluft-Run: (\S+)$/gm)].map(([, id]) => id));

test('a kill between the push and its note causes no second commit for recorded runs', async () => {
  await harness.start();
  await harness.stop();
  const ids = forgetThatRunsAreRecorded();
  const before = harness.git.statusCommits().length;
  await harness.start();
  expect(harness.git.statusCommits()).toHaveLength(before);
  expect(announced()).toEqual(ids);
  expect(harness.deps.store.getValue('runs/unrecorded')).toBeNull();
});

test('a run that is already in Git is not recorded again together with a new one', async () => {
  await harness.start();
  await harness.stop();
  forgetThatRunsAreRecorded();
  harness.git.push({ [staging]: stagingFile('300M') });
  await harness.start();
  const ids = harness.deps.store.runs(10).map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(announced().toSorted()).toEqual(ids.toSorted());
});
