import { expect, test } from 'vitest';
import { batchesOf } from '../../src/reconcile/batches.ts';
import { action } from './actions.ts';

test('converge, stop and start on one node are one Ansible run; removals are another; other nodes have their own', () => {
  const batches = batchesOf([
    action('environment.stop', 'a', 'web-1'),
    action('environment.start', 'b', 'web-1'),
    action('environment.converge', 'c', 'web-1'),
    action('environment.converge', 'd', 'web-2'),
    action('environment.retain', 'e', 'web-1'),
    action('environment.delete', 'f', 'web-1'),
  ]);
  expect(batches.map((batch) => [batch.node, batch.actions.map(({ id }) => id)])).toEqual([
    ['web-1', ['environment.stop:a', 'environment.start:b', 'environment.converge:c']],
    ['web-2', ['environment.converge:d']],
    ['web-1', ['environment.retain:e', 'environment.delete:f']],
  ]);
});

test('actions of a node itself are never batched', () => {
  const batches = batchesOf([
    action('node.create', 'web-1'),
    action('node.provision', 'web-1'),
    action('node.delete', 'web-1'),
  ]);
  expect(batches.map(({ actions }) => actions.length)).toEqual([1, 1, 1]);
  const sameKind = batchesOf([
    action('node.delete', 'web-1', 'web-9'),
    action('node.delete', 'web-2', 'web-9'),
  ]);
  expect(sameKind.map(({ actions }) => actions.length)).toEqual([1, 1]);
  expect(new Set(sameKind.map(({ key }) => key)).size).toBe(2);
});

test('no actions make no batches, and every action is in exactly one', () => {
  expect(batchesOf([])).toEqual([]);
  const actions = Array.from({ length: 30 }, (_, index) =>
    action('environment.converge', `e-${index}`, `web-${index % 3}`),
  );
  const batched = batchesOf(actions).flatMap((batch) => batch.actions);
  expect(batched.map(({ id }) => id).sort()).toEqual(actions.map(({ id }) => id).sort());
  expect(batchesOf(actions)).toHaveLength(3);
});
