import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGitRepository } from '../../src/adapters/git/git-repository.ts';
import { errors } from '../../src/fleet/error-catalogue.ts';
import type { RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import type { GitRepository } from '../../src/ports/git-repository.ts';
import { recordChanges } from '../../src/record/changes.ts';
import { commitRecords } from '../../src/record/commit-records.ts';
import { createStatusCache, loadRecorded, type StatusCache } from '../../src/record/load-recorded.ts';
import { renderStatus } from '../../src/record/status/status-document.ts';
import { environmentRef, nodeRef, recordedFleet, statusDocument } from '../support/fleet-builders.ts';
import { type LocalRepository, localRepository } from '../support/local-repository.ts';

const branch = 'pressluft/status';
const at = Date.UTC(2026, 0, 1);
const acme = statusDocument(environmentRef('acme'), { node: 'web-1' });
const theirs = statusDocument(nodeRef('web-9'));

let remote: LocalRepository;
let git: GitRepository;
let cache: StatusCache;
beforeEach(async () => {
  remote = await localRepository();
  await remote.commit({ 'pressluft.yaml': 'kind: Pressluft\n' });
  git = await createGitRepository({ dir: join(remote.dir, 'clone.git'), url: remote.url, branch: 'main' });
  await git.fetch(branch);
  cache = createStatusCache();
});
afterEach(() => remote.remove());

/** Records `documents`; records of others are kept, and `onChanges` is called each time the changes are computed. */
function record(
  recorded: RecordedFleet,
  documents: readonly StatusDocument[],
  onChanges: (recorded: RecordedFleet) => void = () => undefined,
) {
  return commitRecords({
    git,
    branch,
    recorded,
    cache,
    runs: [],
    changes: (now) => {
      onChanges(now);
      const kept = [...now.status.values()].filter((status) => status.ref === theirs.ref);
      return recordChanges(now, new Map([...kept, ...documents].map((status) => [status.ref, status])), []);
    },
    message: () => 'status: a test\n',
    at,
    signal: new AbortController().signal,
  });
}

async function recordedNow(): Promise<RecordedFleet> {
  return loadRecorded(git, (await git.fetch(branch)).status, cache);
}

test('the first record creates the branch, without a parent', async () => {
  const commit = await record(recordedFleet(), [acme]);
  expect((await git.commitInfo(commit ?? ('' as never))).parents).toEqual([]);
  expect([...(await recordedNow()).status.values()]).toEqual([acme]);
});

test('unchanged records make no commit', async () => {
  await record(recordedFleet(), [acme]);
  const before = await recordedNow();
  expect(await record(before, [acme])).toBeNull();
  expect((await recordedNow()).head).toBe(before.head);
});

test('after a concurrent push the changes are computed again and nothing is lost', async () => {
  const seen: (string | null)[] = [];
  await record(recordedFleet(), [acme]);
  const before = await recordedNow();
  // A commit of another writer on top of the same tip, while ours is being made.
  await remote.git('fetch', '--quiet', 'origin', branch);
  await remote.git('checkout', '--quiet', '--detach', 'FETCH_HEAD');
  const files = { 'status/node/web-9.yaml': renderStatus(theirs), 'NOTES.md': 'by hand\n' };
  const foreign = await remote.commit(files, 'by hand', branch);

  const moved = { ...acme, protected: true };
  const commit = await record(before, [moved], (now) => seen.push(now.head));

  expect(seen).toEqual([before.head, foreign]);
  expect((await git.commitInfo(commit ?? ('' as never))).parents).toEqual([foreign]);
  const after = await recordedNow();
  expect([...after.status.keys()].sort()).toEqual([acme.ref, theirs.ref].sort());
  expect(after.status.get(acme.ref)?.protected).toBe(true);
  expect((await git.list(commit ?? ('' as never))).map(({ path }) => path)).toContain('NOTES.md');
});

test('when another writer recorded the same, there is nothing left to push', async () => {
  await remote.git('checkout', '--quiet', '--orphan', 'theirs');
  const foreign = await remote.commit({ 'status/environment/acme.yaml': renderStatus(acme) }, 'same', branch);
  expect(await record(recordedFleet(), [acme])).toBeNull();
  expect((await recordedNow()).head).toBe(foreign);
});

test('after five conflicts the error is thrown, since the next pass records it', async () => {
  let pushes = 0;
  const busy: GitRepository = {
    ...git,
    push: async (...args) => {
      pushes++;
      await remote.git('checkout', '--quiet', '--orphan', `race-${pushes}`);
      await remote.commit({ 'race.txt': `${pushes}\n` }, 'a race', `race/${pushes}`);
      await remote.git('push', '--quiet', '--force', 'origin', `HEAD:refs/heads/${branch}`);
      return git.push(...args);
    },
  };
  const { signal } = new AbortController();
  const request = { git: busy, branch, recorded: recordedFleet(), cache, at, signal };
  await expect(
    commitRecords({
      ...request,
      runs: [],
      changes: (now) => recordChanges(now, new Map([[acme.ref, acme]]), []),
      message: () => 'status: a test\n',
    }),
  ).rejects.toMatchObject({ code: errors.pushRejected });
  expect(pushes).toBe(5);
});

test('a broken document of the branch counts as absent, and is written again', async () => {
  await remote.git('checkout', '--quiet', '--orphan', 'broken');
  await remote.commit({ 'status/environment/acme.yaml': 'a: [\n' }, 'broken', branch);
  const before = await recordedNow();
  expect(before.status.size).toBe(0);
  await record(before, [acme]);
  expect((await recordedNow()).status.get(acme.ref)).toEqual(acme);
});

test('documents are parsed once, and forgotten when the branch no longer has them', async () => {
  await record(recordedFleet(), [acme, theirs]);
  const first = await recordedNow();
  expect((await recordedNow()).status.get(acme.ref)).toBe(first.status.get(acme.ref));
  await record(first, [{ ...acme, node: 'web-2' }]);
  await recordedNow();
  expect(cache.status.size).toBe(2);
});
