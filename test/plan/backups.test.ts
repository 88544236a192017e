import { expect, test } from 'vitest';
import type { BackupPolicyName, EnvironmentName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { BackupRecord, RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { everyKind } from '../support/any-fleet.ts';
import { afterPlan, converged, convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  backupPolicy,
  backupRecord,
  backupRepository,
  backupRequest,
  commitSha,
  condition,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  digest,
  environmentRef,
  observedEnvironment,
  observedFleet,
  observedNode,
  promotionRequest,
  recordedBackups,
  recordedFleet,
  restoreRequest,
  statusDocument,
  testAt,
  testLater,
} from '../support/fleet-builders.ts';

const acme = desiredEnvironment('acme', { backups: { policy: 'nightly' as BackupPolicyName } });
const upgraded = { ...acme, wordpress: { ...acme.wordpress, version: '7.2' } };
const vault = { backupRepositories: [backupRepository()], backupPolicies: [backupPolicy()] };
const commit12 = commitSha('commit 1').slice(0, 12);

interface Case {
  readonly before: readonly DesiredEnvironment[];
  readonly after: readonly DesiredEnvironment[];
  readonly parts?: DesiredParts;
  readonly records?: readonly BackupRecord[];
  readonly status?: readonly StatusDocument[];
  readonly carriesOut?: PlanInput['carriesOut'];
}

function input({
  before,
  after,
  parts = {},
  records = [],
  status = [],
  carriesOut = everyKind,
}: Case): PlanInput {
  const recorded: RecordedFleet = { ...recordedFleet(status), backups: recordedBackups(...records) };
  return planInput({
    desired: desiredFleet({ environments: after, ...vault, ...parts }),
    observed: convergedFleet(desiredFleet({ environments: before })),
    recorded,
    carriesOut,
  });
}

function digestOf(environment: DesiredEnvironment) {
  return converged(desiredFleet(), environment, observedNode('web-1')).appliedDigest;
}

test('a restore point precedes what can harm data, named after the environment and the commit', () => {
  const { actions } = plan(input({ before: [acme], after: [upgraded] }));
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
        lost: 'database changes of WordPress 7.2 stay, a revert puts back the code of 7.1.1 only',
        restorePoint: { kind: 'planned', action: `backup.create:acme@${commit12}` },
      },
    },
  ]);
});

test('a change that harms no data takes no restore point', () => {
  const { actions } = plan(input({ before: [acme], after: [{ ...acme, title: 'New' }] }));
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:acme']);
});

const taken = backupRecord('acme', {
  id: 'r1',
  reason: 'restore-point',
  appliedDigest: digestOf(acme),
  commit: commitSha('commit 1'),
});

test('a restore point that was taken for this commit and this state is not taken again', () => {
  const { actions } = plan(input({ before: [acme], after: [upgraded], records: [taken] }));
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
  const { actions } = plan(input({ before: [acme], after: [upgraded], records: [{ ...taken, ...change }] }));
  expect(actions[0]).toMatchObject({ reason: 'RestorePoint' });
});

test.each<[string, Partial<Case>, string]>([
  [
    'this version makes none',
    { carriesOut: planInput({ desired: desiredFleet(), observed: observedFleet([]) }).carriesOut },
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
    const { actions } = plan(input({ before: [acme], after: [upgraded], records: [record], ...change }));
    expect(actions).toHaveLength(1);
    expect(actions[0]?.undo.lost).toContain(`no restore point is taken: ${why}`);
    expect(actions[0]?.undo.restorePoint).toEqual({ kind: 'recorded', id: 'old', takenAt: testAt });
  },
);

test('a revert to a state with a restore point brings its data back, after a restore point of its own', () => {
  const record = backupRecord('acme', {
    id: 'r7',
    reason: 'restore-point',
    appliedDigest: digestOf(acme),
    commit: commitSha('upgrade'),
  });
  const reverted = input({ before: [upgraded], after: [acme], records: [record] });
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

test('a revert that this version brings no data back for says where they lie', () => {
  const record = backupRecord('acme', { id: 'r7', reason: 'restore-point', appliedDigest: digestOf(acme) });
  const { actions } = plan(
    input({
      before: [upgraded],
      after: [acme],
      records: [record],
      carriesOut: new Set(['environment.converge']),
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
  expect(actions[0]?.message).toContain('backup r7 and are not brought back automatically');
});

test('old data do not take the place of new ones when only settings go back', () => {
  const memory = { ...acme, php: { ...acme.php, memoryLimit: '512M' } };
  const record = backupRecord('acme', { reason: 'restore-point', appliedDigest: digestOf(acme) });
  const { actions } = plan(input({ before: [memory], after: [acme], records: [record] }));
  expect(actions).toMatchObject([{ kind: 'environment.converge', reason: 'SpecChanged', restores: null }]);
});

test('a way down without a restore point is a risk to the data and says what stays', () => {
  const { actions } = plan(input({ before: [upgraded], after: [acme] }));
  expect(actions[1]).toMatchObject({ kind: 'environment.converge', risk: 'data' });
  expect(actions[1]?.undo.lost).toContain('the database keeps the form that WordPress 7.2 gave it');
});

test('an environment that returns after its deletion comes back with its final backup', () => {
  const record = backupRecord('acme', { id: 'f1', reason: 'final' });
  const { actions } = plan(input({ before: [], after: [acme], records: [record] }));
  expect(actions).toMatchObject([
    { id: 'backup.restore:acme@f1', reason: 'Returned', risk: 'none', restores: { backup: 'f1' } },
  ]);
});

test('a proven backup is preferred to a newer one that is not', () => {
  const records = [
    backupRecord('acme', { id: 'new', takenAt: testLater, verifiedAt: null }),
    backupRecord('acme', { id: 'proven' }),
  ];
  expect(plan(input({ before: [], after: [acme], records })).actions[0]?.restores).toMatchObject({
    backup: 'proven',
  });
  expect(
    plan(input({ before: [], after: [acme], records: records.slice(0, 1) })).actions[0]?.restores,
  ).toMatchObject({
    backup: 'new',
    verified: false,
  });
});

test('this version starts it empty and says where its data lie', () => {
  const record = backupRecord('acme', { id: 'f1', reason: 'final' });
  const { actions } = plan(
    input({ before: [], after: [acme], records: [record], carriesOut: new Set(['environment.converge']) }),
  );
  expect(actions).toMatchObject([
    {
      kind: 'environment.converge',
      reason: 'Returned',
      restores: null,
      undo: { restorePoint: { id: 'f1' } },
    },
  ]);
  expect(actions[0]?.message).toContain('f1');
});

test('an environment from a backup is restored from it, scrubbed as its manifest says', () => {
  const staging = desiredEnvironment('staging', {
    source: { kind: 'backup', record: 'acme-1' },
    scrub: 'users',
  });
  const { actions } = plan(
    input({ before: [acme], after: [acme, staging], records: [backupRecord('acme')] }),
  );
  expect(actions).toMatchObject([
    {
      id: 'backup.restore:staging@acme-1',
      reason: 'Missing',
      risk: 'none',
      restores: { backup: 'acme-1' },
      cause: { line: 10 },
    },
  ]);
  expect(actions[0]?.message).toContain('scrubbed (users)');
});

test('an environment from a backup that nobody recorded is not made', () => {
  const staging = desiredEnvironment('staging', { source: { kind: 'backup', record: 'nowhere' } });
  expect(plan(input({ before: [acme], after: [acme, staging] }))).toMatchObject({
    actions: [],
    blocked: [{ resource: 'environment/staging', reason: 'backup_unknown', needsPerson: true }],
  });
});

const cloneOf = (name: string, source: string) =>
  desiredEnvironment(name, { source: { kind: 'clone', environment: source as EnvironmentName } });

test('clones of clones are made one after the other, whatever their names', () => {
  const { actions } = plan(
    input({ before: [], after: [cloneOf('a', 'b'), cloneOf('b', 'c'), desiredEnvironment('c')] }),
  );
  expect(actions.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['environment.converge:c', []],
    ['environment.clone:b', ['environment.converge:c']],
    ['environment.clone:a', ['environment.clone:b']],
  ]);
});

test('a circle of clones makes nothing and is told for each of them', () => {
  const { actions, blocked } = plan(input({ before: [], after: [cloneOf('a', 'b'), cloneOf('b', 'a')] }));
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, needsPerson }) => [resource, needsPerson])).toEqual([
    ['environment/a', true],
    ['environment/b', true],
  ]);
});

test('a clone works on both environments, and its source need not be described any more', () => {
  const { actions } = plan(input({ before: [acme], after: [cloneOf('copy', 'acme')] }));
  expect(actions.map((action) => action.id)).toEqual(['environment.clone:copy', 'environment.retain:acme']);
  expect(actions[0]?.exclusive).toEqual(['node/web-1', 'environment/copy', 'environment/acme']);
});

const doomed = { ...acme, deletionPolicy: 'backup-then-delete' as const };
const out = statusDocument(environmentRef('acme'), {
  node: 'web-1',
  conditions: [condition('Ready', 'False', 'Retained', testAt)],
});

function retiring(seen: Partial<ObservedEnvironment>, more: Partial<Case> = {}): PlanInput {
  const base = input({ before: [doomed], after: [], status: [out], ...more });
  const nodes = [...base.observed.nodes.values()].map(
    (node): ObservedNode => ({
      ...node,
      environments: new Map([...node.environments].map(([name, found]) => [name, { ...found, ...seen }])),
    }),
  );
  return { ...base, observed: observedFleet(nodes) };
}

test('a removed environment goes out of service, is backed up, and only then deleted', () => {
  const steps: string[] = [];
  let current = retiring({});
  for (let step = 0; step < 4; step++) {
    const { actions, blocked } = plan(current);
    steps.push([...actions.map((action) => action.id), ...blocked.map(({ reason }) => reason)].join(' '));
    current = afterPlan(current, plan(current));
  }
  expect(steps).toEqual([
    'environment.retain:acme final_backup_pending',
    'backup.create:acme@final final_backup_pending',
    'environment.delete:acme',
    '',
  ]);
});

const final = backupRecord('acme', { id: 'f1', reason: 'final', takenAt: testLater });

test('the deletion names its final backup', () => {
  const { actions } = plan(retiring({ retained: true }, { records: [final] }));
  expect(actions).toMatchObject([
    {
      kind: 'environment.delete',
      undo: { byRevert: false, restorePoint: { kind: 'recorded', id: 'f1', takenAt: testLater } },
    },
  ]);
});

test.each<[string, Partial<BackupRecord>]>([
  ['is of another identity', { uid: 'somebodyelse2345' as never }],
  ['was not the final one', { reason: 'scheduled' }],
  ['holds the database only', { scope: 'database' }],
  ['was taken before it went out of service', { takenAt: '2025-12-31T23:59:59.999Z' }],
])('a backup that %s lets nothing be deleted', (_, change) => {
  const { actions } = plan(retiring({ retained: true }, { records: [{ ...final, ...change }] }));
  expect(actions.map((action) => action.id)).toEqual(['backup.create:acme@final']);
});

test('a final backup that is not proven yet is waited for, and not taken again', () => {
  const planned = plan(retiring({ retained: true }, { records: [{ ...final, verifiedAt: null }] }));
  expect(planned).toMatchObject({
    actions: [],
    blocked: [{ reason: 'final_backup_unverified', needsPerson: false }],
  });
});

test('without a record of when it went out of service no backup counts as final', () => {
  const planned = plan(retiring({ retained: true }, { records: [final], status: [] }));
  expect(planned).toMatchObject({
    actions: [],
    blocked: [{ reason: 'final_backup_missing', needsPerson: true }],
  });
});

test('this version keeps the data of what it cannot back up', () => {
  const carriesOut = new Set(['environment.retain', 'environment.delete'] as const);
  const first = plan(retiring({}, { carriesOut }));
  expect(first.actions.map((action) => action.id)).toEqual(['environment.retain:acme']);
  expect(first.blocked).toMatchObject([
    { reason: 'final_backup_missing', needsPerson: true, action: { kind: 'environment.delete' } },
  ]);
  expect(plan(retiring({ retained: true }, { carriesOut })).actions).toEqual([]);
});

test('deletions that wait for their final backup count against the budget', () => {
  const config = { deletionBudget: { maxCount: 0, maxPercent: 100 } };
  const planned = plan(retiring({ retained: true }, { parts: { config } }));
  expect(planned.actions.map((action) => action.id)).toEqual(['backup.create:acme@final']);
  expect(planned.blocked).toMatchObject([{ kind: 'environment.delete', reason: 'deletion_budget' }]);
});

test('protection that was applied on the node holds even when its record is lost', () => {
  const guarded = { ...acme, protected: true, deletionPolicy: 'delete' as const };
  expect(plan(input({ before: [guarded], after: [] }))).toMatchObject({
    actions: [],
    blocked: [{ reason: 'protected', action: {} }],
  });
});

test('a requested backup is taken once', () => {
  const asked = input({
    before: [acme],
    after: [acme],
    parts: { backups: [backupRequest('before-sale', 'acme')] },
  });
  expect(plan(asked).actions).toMatchObject([
    { id: 'backup.create:before-sale', resource: 'backup/before-sale', reason: 'Requested', risk: 'none' },
  ]);
  expect(plan(afterPlan(asked, plan(asked))).actions).toEqual([]);
});

test('a request whose record says that it failed for good is not repeated, and one that is only held back is', () => {
  const request = backupRequest('before-sale', 'acme');
  const withStatus = (reason: string) =>
    input({
      before: [acme],
      after: [acme],
      parts: { backups: [request] },
      status: [statusDocument(request.ref, { conditions: [condition('Stalled', 'True', reason)] })],
    });
  expect(plan(withStatus('Failed')).actions).toEqual([]);
  expect(plan(withStatus('ApprovalRequired')).actions).toHaveLength(1);
});

test('a backup of what is made in the same commit comes after it', () => {
  const { actions } = plan(
    input({ before: [], after: [acme], parts: { backups: [backupRequest('first', 'acme')] } }),
  );
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:acme', 'backup.create:first']);
});

test('a backup without a repository is told', () => {
  const plain = desiredEnvironment('acme');
  expect(
    plan(input({ before: [plain], after: [plain], parts: { backups: [backupRequest('b', 'acme')] } })),
  ).toMatchObject({
    actions: [],
    blocked: [{ resource: 'backup/b', reason: 'backup_repository_missing', needsPerson: true }],
  });
});

const yesterday = backupRecord('acme', { id: 'y', takenAt: '2025-12-31T02:00:00Z' });
const today = backupRecord('acme', { id: 't', takenAt: '2026-01-01T02:00:00Z', verifiedAt: null });

function restoring(
  source: Parameters<typeof restoreRequest>[2],
  records: readonly BackupRecord[],
  scope?: 'full' | 'database',
) {
  const restores = [restoreRequest('undo', 'acme', source, scope)];
  return plan(input({ before: [acme], after: [acme], parts: { restores }, records }));
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
  ['2025-12-31T02:00:00Z', 'y'],
  ['2026-01-01T01:59:59Z', 'y'],
  ['2026-01-01T02:00:00Z', 'y'],
])('a restore to %s takes the newest proven backup by then', (at, id) => {
  const { actions } = restoring({ kind: 'time', at: Date.parse(at) }, [today, yesterday]);
  expect(actions[1]?.restores).toMatchObject({ backup: id });
});

test('a restore says when a newer backup is passed over because it is not proven, and takes it when there is no other', () => {
  const at = Date.parse('2026-01-02T00:00:00Z');
  expect(restoring({ kind: 'time', at }, [today, yesterday]).actions[1]?.message).toContain(
    '(t) is not verified yet',
  );
  expect(restoring({ kind: 'time', at }, [today]).actions[1]?.restores).toMatchObject({
    backup: 't',
    verified: false,
  });
});

test.each<[string, Parameters<typeof restoring>, string]>([
  ['that nobody recorded', [{ kind: 'record', id: 'x' }, [today]], 'no backup x of acme is recorded'],
  [
    'from before there was any',
    [{ kind: 'time', at: 0 }, [today]],
    'no backup of acme with full was recorded by then',
  ],
  [
    'of another environment',
    [{ kind: 'record', id: 'o' }, [backupRecord('shop', { id: 'o' })]],
    'backup o is of shop, not of acme',
  ],
  [
    'that lacks the files',
    [{ kind: 'record', id: 'd' }, [backupRecord('acme', { id: 'd', scope: 'database' })], 'full'],
    'backup d holds database only, and full is asked for',
  ],
])('a restore of a backup %s is refused', (_, args, message) => {
  expect(restoring(...args)).toMatchObject({
    actions: [],
    blocked: [{ reason: 'backup_unknown', needsPerson: true, message }],
  });
});

test('a backup of the database is enough for a restore of the database', () => {
  const record = backupRecord('acme', { id: 'd', scope: 'database' });
  expect(restoring({ kind: 'record', id: 'd' }, [record], 'database').actions).toHaveLength(2);
});

test('an upgrade and a restore in one commit share one restore point', () => {
  const restores = [restoreRequest('undo', 'acme', { kind: 'record', id: 'y' })];
  const { actions } = plan(
    input({ before: [acme], after: [upgraded], parts: { restores }, records: [yesterday] }),
  );
  expect(actions.map((action) => action.id)).toEqual([
    `backup.create:acme@${commit12}`,
    'environment.converge:acme',
    'backup.restore:undo',
  ]);
});

test('a promotion is preceded by a restore point of where it goes to', () => {
  const staging = desiredEnvironment('staging', { type: 'staging' });
  const promotions = [promotionRequest('release', 'staging', 'acme')];
  const { actions } = plan(input({ before: [acme, staging], after: [acme, staging], parts: { promotions } }));
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

test('a request for what is not there is told', () => {
  const promotions = [promotionRequest('release', 'nowhere', 'acme')];
  expect(plan(input({ before: [acme], after: [acme], parts: { promotions } })).blocked).toMatchObject([
    { resource: 'promotion/release', reason: 'environment_missing', needsPerson: true },
  ]);
});

test('an environment of another fleet is not cloned', () => {
  const foreign = observedEnvironment('acme', { uid: 'somebodyelse2345' as never });
  const base = input({ before: [], after: [cloneOf('copy', 'acme')] });
  const nodes = [...base.observed.nodes.values()].map((node) => ({
    ...node,
    environments: new Map([[foreign.name, foreign]]),
  }));
  expect(plan({ ...base, observed: observedFleet(nodes) })).toMatchObject({
    actions: [],
    blocked: [{ resource: 'environment/copy', reason: 'source_missing' }],
  });
});
