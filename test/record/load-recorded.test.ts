import { expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import type { BackupRecord } from '../../src/fleet/recorded.ts';
import type { Run } from '../../src/fleet/run.ts';
import { approvalPath, parseApproval, renderApproval } from '../../src/record/approval-document.ts';
import { backupPath, parseBackup, renderBackup } from '../../src/record/backup-document.ts';
import { createStatusCache, loadRecorded } from '../../src/record/load-recorded.ts';
import { renderRun, runPath } from '../../src/record/run-document.ts';
import { newestOfEach, parseDurations } from '../../src/record/run-durations.ts';
import { renderStatus, statusPath } from '../../src/record/status/status-document.ts';
import { backupRecord } from '../support/backup-builders.ts';
import { commitSha, digest, environmentRef, statusDocument } from '../support/fleet-builders.ts';
import { memoryGit } from '../support/memory-git.ts';

const acme = environmentRef('acme');
const backup = (overrides: Partial<BackupRecord> = {}): BackupRecord => backupRecord('acme', overrides);

const run = (id: string, durationMs: number, changed = true): Run => ({
  id,
  commit: commitSha('1'),
  startedAt: `2026-01-${id.slice(0, 2)}T00:00:00.000Z`,
  endedAt: `2026-01-${id.slice(0, 2)}T00:01:00.000Z`,
  results: [
    {
      action: 'environment.converge:acme',
      kind: 'environment.converge',
      resource: acme,
      outcome: 'succeeded',
      changed,
      durationMs,
    },
  ],
  steps: [],
});

async function loaded(files: Readonly<Record<string, string>>) {
  const git = memoryGit();
  git.push({ 'pressluft.yaml': '' });
  const head = git.pushStatus(files);
  const unreadable: string[] = [];
  const recorded = await loadRecorded(git.repository, head, createStatusCache(), {
    onUnreadable: (path) => unreadable.push(path),
  });
  return { recorded, unreadable, git, head };
}

test('backups, approvals and the durations of past runs are read together with the status', async () => {
  const [older, newer] = [
    backup({ id: 'one', takenAt: '2026-01-01T00:00:00.000Z' }),
    backup({ id: 'two', takenAt: '2026-01-02T00:00:00.000Z' }),
  ];
  const approval = {
    plan: digest('plan'),
    actions: [digest('a')],
    by: 'Alex <alex@acme.example>',
    at: '2026-01-01T00:00:00.000Z',
  };
  const { recorded, unreadable } = await loaded({
    [statusPath(acme)]: renderStatus(statusDocument(acme)),
    [backupPath(older)]: renderBackup(older),
    [backupPath(newer)]: renderBackup(newer),
    [approvalPath(approval)]: renderApproval(approval),
    [runPath(run('01a', 4000))]: renderRun(run('01a', 4000)),
    [runPath(run('02b', 5000))]: renderRun(run('02b', 5000)),
  });
  expect(unreadable).toEqual([]);
  expect([...recorded.status.keys()]).toEqual([acme]);
  expect(recorded.backups.get(newer.environment)).toEqual([newer, older]);
  expect(recorded.approvals).toEqual([approval]);
  expect(recorded.durations.map(({ durationMs }) => durationMs)).toEqual([5000, 4000]);
});

test('invalid records count as absent, and are reported once', async () => {
  const good = backup();
  const { recorded, unreadable, git, head } = await loaded({
    'backups/acme/odd.yaml': 'kind: BackupRecord\n',
    // A record of one environment in the folder of another would restore foreign data.
    'backups/blog/one.yaml': renderBackup(good),
    'approvals/0123456789abcdef.yaml': '{{ nonsense',
    'status/environment/acme.yaml': 'a: [\n',
  });
  expect(recorded.backups.size).toBe(0);
  expect(recorded.approvals).toEqual([]);
  expect(unreadable.sort()).toEqual([
    'approvals/0123456789abcdef.yaml',
    'backups/acme/odd.yaml',
    'backups/blog/one.yaml',
    'status/environment/acme.yaml',
  ]);
  const cache = createStatusCache();
  await loadRecorded(git.repository, head, cache);
  const again: string[] = [];
  await loadRecorded(git.repository, git.pushStatus({ 'other.txt': 'x' }), cache, {
    onUnreadable: (path) => again.push(path),
  });
  expect(again).toEqual([]);
});

test('an unchanged branch is not read again', async () => {
  const { git, head } = await loaded({ [statusPath(acme)]: renderStatus(statusDocument(acme)) });
  const cache = createStatusCache();
  const first = await loadRecorded(git.repository, head, cache);
  const closed = { ...git.repository, list: () => Promise.reject(new Error('listed again')) };
  expect(await loadRecorded(closed, head, cache)).toBe(first);
});

test.each([
  ['another kind', (text: string) => text.replace('kind: BackupRecord', 'kind: Backup')],
  ['an id with a path', (text: string) => text.replace(/name: .*/, 'name: ../x')],
  ['a scope that is none', (text: string) => text.replace(/scope: .*/, 'scope: some')],
  ['a time that is none', (text: string) => text.replace(/takenAt: .*/, 'takenAt: yesterday')],
  ['a negative size', (text: string) => text.replace(/sizeBytes: .*/, 'sizeBytes: -1')],
  ['a short commit', (text: string) => text.replace(/commit: .*/, 'commit: main')],
  ['no snapshot', (text: string) => text.replace(/snapshot: .*\n/, '')],
  ['an odd owner', (text: string) => text.replace(/uid: .*/, 'uid: me')],
])('a backup record with %s is none', (_, change) => {
  const record = backup();
  expect(parseBackup(renderBackup(record), backupPath(record))).toEqual(record);
  expect(change(renderBackup(record))).not.toBe(renderBackup(record));
  expect(parseBackup(change(renderBackup(record)), backupPath(record))).toBeUndefined();
});

test.each([
  ['of another plan', (text: string) => text.replace(/plan: .*/, `plan: ${digest('other')}`)],
  ['with an action that is no digest', (text: string) => text.replace(/- .*/, '- all')],
  ['by nobody', (text: string) => text.replace(/by: .*\n/, '')],
])('an approval %s is none', (_, change) => {
  const approval = {
    plan: digest('plan'),
    actions: [digest('a')],
    by: 'Alex',
    at: '2026-01-01T00:00:00.000Z',
  };
  expect(parseApproval(renderApproval(approval), approvalPath(approval))).toEqual(approval);
  expect(parseApproval(change(renderApproval(approval)), approvalPath(approval))).toBeUndefined();
});

test('only actions that succeeded and changed something count for durations, and only the newest of each', () => {
  expect(parseDurations(renderRun(run('01a', 4000, false)))).toEqual([]);
  const many = Array.from({ length: 30 }, (_, at) => ({
    kind: 'environment.converge',
    resource: acme,
    durationMs: at,
  }));
  expect(newestOfEach(many).map(({ durationMs }) => durationMs)).toEqual([...Array(20).keys()]);
});

test('a too large record counts as absent, and the others are read', async () => {
  const { git, head } = await loaded({
    [statusPath(acme)]: renderStatus(statusDocument(acme)),
    'status/node/huge.yaml': `# ${'x'.repeat(600 * 1024)}`,
  });
  const unreadable: string[] = [];
  const read = async (oid: string, maxBytes = Number.POSITIVE_INFINITY) => {
    const content = await git.repository.read(oid);
    if (content.length <= maxBytes) return content;
    throw new PressluftError(errors.cloneIncomplete, 'too large', {
      details: { oid, sizeBytes: content.length, maxBytes },
    });
  };
  const recorded = await loadRecorded({ ...git.repository, read }, head, createStatusCache(), {
    onUnreadable: (path) => unreadable.push(path),
  });
  expect([...recorded.status.keys()]).toEqual([acme]);
  expect(unreadable).toEqual(['status/node/huge.yaml']);
});
