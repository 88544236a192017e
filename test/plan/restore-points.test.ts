import { expect, test } from 'vitest';
import type { BackupRecord } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { supporting } from '../support/action-kinds.ts';
import { afterPlan, planInput } from '../support/apply-plan.ts';
import {
  acme,
  appliedDigestOf,
  type BackedUpCase,
  commit12,
  inputOf,
  upgraded,
} from '../support/backed-up-fleet.ts';
import { backupRecord } from '../support/backup-builders.ts';
import { commitSha, desiredFleet, digest, observedFleet, testAt } from '../support/fleet-builders.ts';

test('a restore point precedes an action that can harm data, named after the environment and the commit', () => {
  const { actions } = plan(inputOf({ before: [acme], after: [upgraded] }));
  expect(actions).toMatchObject([
    {
      id: `backup.create:acme@${commit12}`,
      reason: 'RestorePoint',
      risk: 'none',
      resource: 'environment/acme',
      cause: { file: 'environments/acme.yaml', line: 10 },
    },
    {
      id: 'environment.converge:acme',
      dependsOn: [`backup.create:acme@${commit12}`],
      undo: {
        byRevert: false,
        lost: 'database changes of WordPress 7.2 remain; a revert restores only the code of 7.1.1',
        restorePoint: { kind: 'planned', action: `backup.create:acme@${commit12}` },
      },
    },
  ]);
});

test('a change that cannot harm data takes no restore point', () => {
  const { actions } = plan(inputOf({ before: [acme], after: [{ ...acme, title: 'New' }] }));
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:acme']);
});

const taken = backupRecord('acme', {
  id: 'r1',
  reason: 'restore-point',
  appliedDigest: appliedDigestOf(acme),
  commit: commitSha('commit 1'),
});

test('a restore point that was taken for this commit and this state is not taken again', () => {
  const { actions } = plan(inputOf({ before: [acme], after: [upgraded], records: [taken] }));
  expect(actions).toMatchObject([
    {
      id: 'environment.converge:acme',
      dependsOn: [],
      undo: { restorePoint: { kind: 'recorded', id: 'r1', takenAt: testAt } },
    },
  ]);
});

test.each<[string, Partial<BackupRecord>]>([
  ['another commit', { commit: commitSha('commit 0') }],
  ['another state', { appliedDigest: digest('other') }],
  ['another identity', { uid: 'somebodyelse2345' as never }],
  ['another reason', { reason: 'scheduled' }],
])('a backup of %s is no restore point for it', (_, change) => {
  const { actions } = plan(
    inputOf({ before: [acme], after: [upgraded], records: [{ ...taken, ...change }] }),
  );
  expect(actions[0]).toMatchObject({ reason: 'RestorePoint' });
});

test.each<[string, Partial<BackedUpCase>, string]>([
  [
    'this version makes none',
    { kinds: planInput({ desired: desiredFleet(), observed: observedFleet([]) }).kinds },
    'this version of Pressluft makes no backups yet',
  ],
  [
    'there is no policy',
    { after: [{ ...upgraded, backups: { policy: null } }] },
    'the environment has no backup policy',
  ],
  [
    'the policy names no repository',
    { parts: { backupRepositories: [] } },
    'its backup policy names no known repository',
  ],
])(
  'where no restore point is taken because %s, the change says so and names the last backup',
  (_, change, why) => {
    const record = backupRecord('acme', { id: 'old' });
    const { actions } = plan(inputOf({ before: [acme], after: [upgraded], records: [record], ...change }));
    expect(actions).toHaveLength(1);
    expect(actions[0]?.undo.lost).toContain(`no restore point is taken: ${why}`);
    expect(actions[0]?.undo.restorePoint).toEqual({ kind: 'recorded', id: 'old', takenAt: testAt });
  },
);

test('a revert to a state with a restore point brings its data back, after a restore point of its own', () => {
  const record = backupRecord('acme', {
    id: 'r7',
    reason: 'restore-point',
    appliedDigest: appliedDigestOf(acme),
    commit: commitSha('upgrade'),
  });
  const reverted = inputOf({ before: [upgraded], after: [acme], records: [record] });
  const { actions } = plan(reverted);
  expect(actions).toMatchObject([
    { reason: 'RestorePoint' },
    {
      id: 'backup.restore:acme@r7',
      reason: 'Reverted',
      risk: 'data',
      restores: { backup: 'r7', takenAt: testAt, commit: commitSha('upgrade'), verified: true },
      undo: { restorePoint: { kind: 'planned' } },
    },
  ]);
  expect(plan(afterPlan(reverted, plan(reverted))).actions).toEqual([]);
});

test('a revert for which this version restores no data names the backup with the data', () => {
  const record = backupRecord('acme', {
    id: 'r7',
    reason: 'restore-point',
    appliedDigest: appliedDigestOf(acme),
  });
  const { actions } = plan(
    inputOf({
      before: [upgraded],
      after: [acme],
      records: [record],
      kinds: supporting('environment.converge'),
    }),
  );
  expect(actions).toMatchObject([
    {
      kind: 'environment.converge',
      reason: 'Reverted',
      restores: null,
      undo: { restorePoint: { kind: 'recorded', id: 'r7' } },
    },
  ]);
  expect(actions[0]?.message).toContain('backup r7; this version does not restore it automatically');
});

test('old data does not replace new data when only settings are reverted', () => {
  const memory = { ...acme, php: { ...acme.php, memoryLimit: '512M' } };
  const record = backupRecord('acme', { reason: 'restore-point', appliedDigest: appliedDigestOf(acme) });
  const { actions } = plan(inputOf({ before: [memory], after: [acme], records: [record] }));
  expect(actions).toMatchObject([{ kind: 'environment.converge', reason: 'SpecChanged', restores: null }]);
});

test('a downgrade without a restore point is a risk to the data and says what remains', () => {
  const { actions } = plan(inputOf({ before: [upgraded], after: [acme] }));
  expect(actions[1]).toMatchObject({ kind: 'environment.converge', risk: 'data' });
  expect(actions[1]?.undo.lost).toContain('the database keeps the schema of WordPress 7.2');
});
