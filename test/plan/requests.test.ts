import { expect, test } from 'vitest';
import { actionKinds } from '../../src/actions/index.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import type { BackupRecord } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { afterPlan } from '../support/apply-plan.ts';
import { acme, commit12, inputOf, upgraded } from '../support/backed-up-fleet.ts';
import { backupRecord, backupRequest, promotionRequest, restoreRequest } from '../support/backup-builders.ts';
import { condition, desiredEnvironment, statusDocument } from '../support/fleet-builders.ts';

test('a requested backup is taken once', () => {
  const asked = inputOf({
    before: [acme],
    after: [acme],
    parts: { backups: [backupRequest('before-sale', 'acme')] },
  });
  expect(plan(asked).actions).toMatchObject([
    { id: 'backup.create:before-sale', resource: 'backup/before-sale', reason: 'Requested', risk: 'none' },
  ]);
  expect(plan(afterPlan(asked, plan(asked))).actions).toEqual([]);
});

test('a request that failed permanently is not repeated, and one that is only blocked is planned again', () => {
  const request = backupRequest('before-sale', 'acme');
  const withStatus = (reason: Reason) =>
    inputOf({
      before: [acme],
      after: [acme],
      parts: { backups: [request] },
      status: [statusDocument(request.ref, { conditions: [condition('Stalled', 'True', reason)] })],
    });
  expect(plan(withStatus('Failed')).actions).toEqual([]);
  expect(plan(withStatus('ApprovalRequired')).actions).toHaveLength(1);
});

test('a backup of an environment that is created in the same commit comes after the creation', () => {
  const { actions } = plan(
    inputOf({ before: [], after: [acme], parts: { backups: [backupRequest('first', 'acme')] } }),
  );
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:acme', 'backup.create:first']);
});

test('a backup without a repository is blocked', () => {
  const plain = desiredEnvironment('acme');
  expect(
    plan(inputOf({ before: [plain], after: [plain], parts: { backups: [backupRequest('b', 'acme')] } })),
  ).toMatchObject({
    actions: [],
    blocked: [{ resource: 'backup/b', reason: 'BackupRepositoryMissing', needsPerson: true }],
  });
});

const yesterday = backupRecord('acme', { id: 'y', takenAt: '2025-12-30T02:00:00Z' });
const today = backupRecord('acme', { id: 't', takenAt: '2025-12-31T02:00:00Z', verifiedAt: null });

function restoring(
  source: Parameters<typeof restoreRequest>[2],
  records: readonly BackupRecord[],
  scope?: 'full' | 'database',
) {
  const restores = [restoreRequest('undo', 'acme', source, scope)];
  return plan(inputOf({ before: [acme], after: [acme], parts: { restores }, records }));
}

test('a restore replaces data, after a restore point', () => {
  expect(restoring({ kind: 'record', id: 'y' }, [today, yesterday]).actions).toMatchObject([
    { reason: 'RestorePoint' },
    {
      id: 'backup.restore:undo',
      resource: 'restore/undo',
      risk: 'data',
      restores: { backup: 'y', verified: true },
      undo: { byRevert: false, restorePoint: { kind: 'planned' } },
    },
  ]);
});

test.each([
  ['2025-12-30T02:00:00Z', 'y'],
  ['2025-12-31T01:59:59Z', 'y'],
  ['2025-12-31T02:00:00Z', 'y'],
])('a restore to %s takes the newest verified backup by then', (at, id) => {
  const { actions } = restoring({ kind: 'time', at: Date.parse(at) }, [today, yesterday]);
  expect(actions[1]?.restores).toMatchObject({ backup: id });
});

test('a restore reports a newer unverified backup that it does not use, and uses it when there is no other', () => {
  const at = Date.parse('2025-12-31T23:00:00Z');
  expect(restoring({ kind: 'time', at }, [today, yesterday]).actions[1]?.message).toContain(
    '(t) is not verified yet',
  );
  expect(restoring({ kind: 'time', at }, [today]).actions[1]?.restores).toMatchObject({
    backup: 't',
    verified: false,
  });
});

test.each<[string, Parameters<typeof restoring>, string]>([
  ['without a record', [{ kind: 'record', id: 'x' }, [today]], 'no backup x of acme is recorded'],
  [
    'from before there was any',
    [{ kind: 'time', at: 0 }, [today]],
    'no backup with database and files of acme was recorded by then',
  ],
  [
    'from a future time',
    [{ kind: 'time', at: Date.parse('2026-01-01T00:00:01Z') }, [today]],
    'the time to restore is in the future',
  ],
  [
    'of another environment',
    [{ kind: 'record', id: 'o' }, [backupRecord('shop', { id: 'o' })]],
    'backup o is of shop, not of acme',
  ],
  [
    'that lacks the files',
    [{ kind: 'record', id: 'd' }, [backupRecord('acme', { id: 'd', scope: 'database' })], 'full'],
    'backup d holds the database only; asked for: database and files',
  ],
])('a restore of a backup %s is refused', (_, args, message) => {
  expect(restoring(...args)).toMatchObject({
    actions: [],
    blocked: [{ reason: 'BackupUnknown', needsPerson: true, message }],
  });
});

test('an unsupported restore names its backup and promises no data', () => {
  const restores = [restoreRequest('undo', 'acme', { kind: 'record', id: 'y' })];
  const { actions, blocked } = plan(
    inputOf({ before: [acme], after: [acme], parts: { restores }, records: [yesterday], kinds: actionKinds }),
  );
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    { resource: 'restore/undo', reason: 'NotSupported', needsPerson: true, action: { restores: null } },
  ]);
  expect(blocked[0]?.action?.message).toContain('backup y of 2025-12-30');
});

test('a restore does not fall back on a backup from before the one that it restores', () => {
  const withoutPolicy = { ...acme, backups: { policy: null } };
  const restoring = (id: string) =>
    plan(
      inputOf({
        before: [withoutPolicy],
        after: [withoutPolicy],
        parts: { restores: [restoreRequest('undo', 'acme', { kind: 'record', id })] },
        records: [{ ...today, verifiedAt: today.takenAt }, yesterday],
      }),
    ).actions[0]?.undo.restorePoint;
  expect(restoring('t')).toBeNull();
  expect(restoring('y')).toMatchObject({ id: 't' });
});

test('a backup of the database is enough for a restore of the database', () => {
  const record = backupRecord('acme', { id: 'd', scope: 'database' });
  expect(restoring({ kind: 'record', id: 'd' }, [record], 'database').actions).toHaveLength(2);
});

test('an upgrade and a restore in one commit share one restore point', () => {
  const restores = [restoreRequest('undo', 'acme', { kind: 'record', id: 'y' })];
  const { actions } = plan(
    inputOf({ before: [acme], after: [upgraded], parts: { restores }, records: [yesterday] }),
  );
  expect(actions.map((action) => action.id)).toEqual([
    `backup.create:acme@${commit12}`,
    'environment.converge:acme',
    'backup.restore:undo',
  ]);
});

test('a promotion is preceded by a restore point of its target', () => {
  const staging = desiredEnvironment('staging', { type: 'staging' });
  const promotions = [promotionRequest('release', 'staging', 'acme')];
  const { actions } = plan(
    inputOf({ before: [acme, staging], after: [acme, staging], parts: { promotions } }),
  );
  expect(actions).toMatchObject([
    { id: `backup.create:acme@${commit12}` },
    {
      id: 'environment.promote:release',
      risk: 'data',
      dependsOn: [`backup.create:acme@${commit12}`],
      exclusive: ['node/web-1', 'environment/acme', 'environment/staging'],
    },
  ]);
});

test('a request for a missing environment is blocked', () => {
  const promotions = [promotionRequest('release', 'nowhere', 'acme')];
  expect(plan(inputOf({ before: [acme], after: [acme], parts: { promotions } })).blocked).toMatchObject([
    { resource: 'promotion/release', reason: 'EnvironmentMissing', needsPerson: true },
  ]);
});
