import { describe, expect, test } from 'vitest';
import { actionKinds } from '../../src/actions/index.ts';
import { allKinds } from '../support/action-kinds.ts';

const definitions = Object.values(actionKinds);

describe.each(allKinds)('%s', (kind) => {
  const definition = actionKinds[kind];

  test('is registered under the kind that it declares', () => {
    expect(definition.kind).toBe(kind);
  });

  test('is supported exactly when there is code for it', () => {
    expect(definition.supported).toBe(definition.run !== undefined);
  });

  test('has the same `run` as every kind that it shares a batch with', () => {
    const { batchKey } = definition;
    const together = definitions.filter((other) => batchKey !== null && other.batchKey === batchKey);
    expect(together.filter(({ run }) => run !== definition.run)).toEqual([]);
  });

  test('estimates a time', () => {
    expect(definition.assumedSeconds).toBeGreaterThan(0);
  });
});

test('a plan creates first and deletes last, and deletions can harm data', () => {
  const ranks = (effect: string) =>
    definitions.filter((kind) => kind.effect === effect).map(({ rank }) => rank);
  const others = definitions.flatMap(({ rank, effect }) => (effect === 'deletes' ? [] : [rank]));
  expect(Math.max(...ranks('acquires'))).toBe(Math.min(...definitions.map(({ rank }) => rank)));
  expect(Math.min(...ranks('deletes'))).toBeGreaterThan(Math.max(...others));
  expect(definitions.filter(({ effect, risk }) => effect === 'deletes' && risk !== 'data')).toEqual([]);
});

test('kinds that are not supported yet', () => {
  expect(allKinds.filter((kind) => !actionKinds[kind].supported).sort()).toEqual([
    'backup.create',
    'backup.restore',
    'environment.clone',
    'environment.promote',
  ]);
});
