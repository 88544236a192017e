import { expect, test } from 'vitest';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import { plan } from '../../src/plan/plan.ts';
import { supporting } from '../support/action-kinds.ts';
import { acme, inputOf } from '../support/backed-up-fleet.ts';
import { backupRecord } from '../support/backup-builders.ts';
import {
  desiredEnvironment,
  observedEnvironment,
  observedFleet,
  testLater,
} from '../support/fleet-builders.ts';

test('an environment that returns after its deletion is restored from its final backup', () => {
  const record = backupRecord('acme', { id: 'f1', reason: 'final' });
  const { actions } = plan(inputOf({ before: [], after: [acme], records: [record] }));
  expect(actions).toMatchObject([
    { id: 'backup.restore:acme@f1', reason: 'Returned', risk: 'none', restores: { backup: 'f1' } },
  ]);
});

test('a verified backup is preferred to a newer unverified one', () => {
  const records = [
    backupRecord('acme', { id: 'new', takenAt: testLater, verifiedAt: null }),
    backupRecord('acme', { id: 'proven' }),
  ];
  expect(plan(inputOf({ before: [], after: [acme], records })).actions[0]?.restores).toMatchObject({
    backup: 'proven',
  });
  expect(
    plan(inputOf({ before: [], after: [acme], records: records.slice(0, 1) })).actions[0]?.restores,
  ).toMatchObject({
    backup: 'new',
    verified: false,
  });
});

test('this version creates it empty and names the backup with its data', () => {
  const record = backupRecord('acme', { id: 'f1', reason: 'final' });
  const { actions } = plan(
    inputOf({ before: [], after: [acme], records: [record], kinds: supporting('environment.converge') }),
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
    inputOf({ before: [acme], after: [acme, staging], records: [backupRecord('acme')] }),
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

test('an environment from an unrecorded backup is not created', () => {
  const staging = desiredEnvironment('staging', { source: { kind: 'backup', record: 'nowhere' } });
  expect(plan(inputOf({ before: [acme], after: [acme, staging] }))).toMatchObject({
    actions: [],
    blocked: [{ resource: 'environment/staging', reason: 'BackupUnknown', needsPerson: true }],
  });
});

const cloneOf = (name: string, source: string) =>
  desiredEnvironment(name, { source: { kind: 'clone', environment: source as EnvironmentName } });

test('clones of clones are created in order, independent of their names', () => {
  const { actions } = plan(
    inputOf({ before: [], after: [cloneOf('a', 'b'), cloneOf('b', 'c'), desiredEnvironment('c')] }),
  );
  expect(actions.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['environment.converge:c', []],
    ['environment.clone:b', ['environment.converge:c']],
    ['environment.clone:a', ['environment.clone:b']],
  ]);
});

test('a cycle of clones creates nothing and is reported for each of them', () => {
  const { actions, blocked } = plan(inputOf({ before: [], after: [cloneOf('a', 'b'), cloneOf('b', 'a')] }));
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, needsPerson }) => [resource, needsPerson])).toEqual([
    ['environment/a', true],
    ['environment/b', true],
  ]);
});

test('a clone locks both environments, and its source needs no manifest any more', () => {
  const { actions } = plan(inputOf({ before: [acme], after: [cloneOf('copy', 'acme')] }));
  expect(actions.map((action) => action.id)).toEqual(['environment.clone:copy', 'environment.retain:acme']);
  expect(actions[0]?.exclusive).toEqual(['node/web-1', 'environment/copy', 'environment/acme']);
});

test('an environment of another fleet is not cloned', () => {
  const foreign = observedEnvironment('acme', { uid: 'somebodyelse2345' as never });
  const base = inputOf({ before: [], after: [cloneOf('copy', 'acme')] });
  const nodes = [...base.observed.nodes.values()].map((node) => ({
    ...node,
    environments: new Map([[foreign.name, foreign]]),
  }));
  expect(plan({ ...base, observed: observedFleet(nodes) })).toMatchObject({
    actions: [],
    blocked: [{ resource: 'environment/copy', reason: 'SourceMissing' }],
  });
});
