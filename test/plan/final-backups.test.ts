import { expect, test } from 'vitest';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { BackupRecord } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { supporting } from '../support/action-kinds.ts';
import { afterPlan } from '../support/apply-plan.ts';
import { acme, type BackedUpCase, inputOf } from '../support/backed-up-fleet.ts';
import { backupRecord } from '../support/backup-builders.ts';
import {
  condition,
  environmentRef,
  observedFleet,
  statusDocument,
  testAt,
  testLater,
} from '../support/fleet-builders.ts';

const doomed = { ...acme, deletionPolicy: 'backup-then-delete' as const };
const out = statusDocument(environmentRef('acme'), {
  node: 'web-1',
  conditions: [condition('Ready', 'False', 'Retained', testAt)],
});

function retiring(seen: Partial<ObservedEnvironment>, more: Partial<BackedUpCase> = {}): PlanInput {
  const base = inputOf({ before: [doomed], after: [], status: [out], ...more });
  const nodes = [...base.observed.nodes.values()].map(
    (node): ObservedNode => ({
      ...node,
      environments: new Map([...node.environments].map(([name, found]) => [name, { ...found, ...seen }])),
    }),
  );
  return { ...base, observed: observedFleet(nodes) };
}

test('a removed environment is retained, backed up, and only then deleted', () => {
  const steps: string[] = [];
  let current = retiring({});
  for (let step = 0; step < 4; step++) {
    const { actions, blocked } = plan(current);
    steps.push([...actions.map((action) => action.id), ...blocked.map(({ reason }) => reason)].join(' '));
    current = afterPlan(current, plan(current));
  }
  expect(steps).toEqual([
    'environment.retain:acme FinalBackupPending',
    'backup.create:acme@final FinalBackupPending',
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
])('a backup that %s does not permit the deletion', (_, change) => {
  const { actions } = plan(retiring({ retained: true }, { records: [{ ...final, ...change }] }));
  expect(actions.map((action) => action.id)).toEqual(['backup.create:acme@final']);
});

test('an unverified final backup is waited for, and not taken again', () => {
  const planned = plan(retiring({ retained: true }, { records: [{ ...final, verifiedAt: null }] }));
  expect(planned).toMatchObject({
    actions: [],
    blocked: [{ reason: 'FinalBackupUnverified', needsPerson: false }],
  });
});

test('without a record of when it was retained no backup counts as final', () => {
  const planned = plan(retiring({ retained: true }, { records: [final], status: [] }));
  expect(planned).toMatchObject({
    actions: [],
    blocked: [{ reason: 'FinalBackupMissing', needsPerson: true }],
  });
});

test('this version keeps the data of environments that it cannot back up', () => {
  const kinds = supporting('environment.retain', 'environment.delete');
  const first = plan(retiring({}, { kinds }));
  expect(first.actions.map((action) => action.id)).toEqual(['environment.retain:acme']);
  expect(first.blocked).toMatchObject([
    { reason: 'FinalBackupMissing', needsPerson: true, action: { kind: 'environment.delete' } },
  ]);
  expect(plan(retiring({ retained: true }, { kinds })).actions).toEqual([]);
});

test('deletions that wait for their final backup count against the budget', () => {
  const config = { deletionBudget: { maxCount: 0, maxPercent: 100 } };
  const planned = plan(retiring({ retained: true }, { parts: { config } }));
  expect(planned.actions.map((action) => action.id)).toEqual(['backup.create:acme@final']);
  expect(planned.blocked).toMatchObject([{ kind: 'environment.delete', reason: 'DeletionBudget' }]);
});

test('protection that was applied on the node holds even when its record is lost', () => {
  const guarded = { ...acme, protected: true, deletionPolicy: 'delete' as const };
  expect(plan(inputOf({ before: [guarded], after: [] }))).toMatchObject({
    actions: [],
    blocked: [{ reason: 'Protected', action: {} }],
  });
});
