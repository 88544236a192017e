import { expect, test } from 'vitest';
import { reduceProgress } from '../../../src/cli/progress/reduce.ts';
import { emptyModel, type ProgressModel } from '../../../src/cli/progress/view-model.ts';
import type { Progress } from '../../../src/reconcile/progress.ts';
import { commitSha, environmentRef, nodeRef } from '../../support/fleet-builders.ts';
import { firstPass, nextPass, result } from './events.ts';

function play(events: readonly Progress[], from: ProgressModel = emptyModel): ProgressModel {
  return events.reduce((model, event, index) => reduceProgress(model, event, index * 1000), from);
}

const states = (model: ProgressModel) =>
  Object.fromEntries([...model.rows].map(([ref, { state }]) => [ref, state]));

test('a plan adds waiting rows for its actions, and blocked rows with their message', () => {
  const model = play(firstPass.slice(0, 4));
  expect(states(model)).toEqual({
    'node/web-1': 'waiting',
    'environment/acme-production': 'waiting',
    'environment/acme-staging': 'waiting',
    'environment/blog': 'blocked',
  });
  expect(model.rows.get(environmentRef('blog'))).toMatchObject({
    node: 'web-2',
    message: 'node web-2: no answer over SSH',
  });
  expect(model.rows.get(nodeRef('web-1'))?.pending).toBe(2);
});

test('a node that was created waits for its provisioning', () => {
  const model = play([
    ...firstPass.slice(0, 4),
    { kind: 'action-started', pass: '1', resource: nodeRef('web-1'), action: 'node.create:web-1' },
    { kind: 'action-finished', pass: '1', result: result('node.create', nodeRef('web-1')) },
  ]);
  expect(states(model)['node/web-1']).toBe('waiting');
});

test('a whole pass ends with what succeeded done and what failed failed, with times', () => {
  const model = play(firstPass);
  expect(states(model)).toEqual({
    'node/web-1': 'done',
    'environment/acme-production': 'done',
    'environment/acme-staging': 'failed',
    'environment/blog': 'blocked',
  });
  expect(model.finished).toEqual({ outcome: 'failed', problem: null, durationMs: 61_000 });
  const failed = model.rows.get(environmentRef('acme-staging'));
  expect(failed?.message).toContain('PL4032: the database did not answer');
  expect((failed?.endedAtMs ?? 0) - (failed?.startedAtMs ?? 0)).toBeGreaterThan(0);
});

test('a step of an environment is its own, and a task for many is its node’s', () => {
  const model = play(firstPass.slice(0, 17));
  expect(model.rows.get(environmentRef('acme-production'))?.step).toBe('database');
  expect(model.nodeSteps.get('web-1' as never)).toBe('Converge environments');
});

test('what the next plan does not mention any more is done, and stays in sight', () => {
  const model = play(nextPass, play(firstPass));
  expect(states(model)).toMatchObject({
    'environment/acme-production': 'done',
    'environment/acme-staging': 'done',
    'environment/blog': 'done',
  });
  expect(model.rows.get(environmentRef('acme-staging'))?.message).toBeNull();
});

test('a new commit starts with an empty board', () => {
  const done = play(nextPass, play(firstPass));
  const commit = commitSha('another');
  expect(play([{ kind: 'phase', pass: '3', phase: 'load', commit }], done).rows.size).toBe(0);
});

test('a cancelled action waits again', () => {
  const model = play([
    ...firstPass.slice(0, 4),
    { kind: 'action-started', pass: '1', resource: nodeRef('web-1'), action: 'node.create:web-1' },
    {
      kind: 'action-finished',
      pass: '1',
      result: { ...result('node.create', nodeRef('web-1')), outcome: 'cancelled' },
    },
  ]);
  expect(states(model)['node/web-1']).toBe('waiting');
});

test('events about a resource that no plan named change nothing', () => {
  const before = play(firstPass.slice(0, 4));
  const event = {
    kind: 'action-started',
    pass: '1',
    resource: environmentRef('unheard-of'),
    action: 'x',
  } as const;
  expect(reduceProgress(before, event, 5)).toBe(before);
});
