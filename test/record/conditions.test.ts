import { expect, test } from 'vitest';
import type { Condition } from '../../src/fleet/recorded.ts';
import { conditionsSince, finding } from '../../src/record/conditions.ts';

const earlier = '2026-01-01T00:00:00.000Z';
const now = '2026-01-02T00:00:00.000Z';

const before: readonly Condition[] = [
  {
    type: 'Ready',
    status: 'False',
    reason: 'BackingOff',
    message: 'failed after 31 s',
    lastTransitionTime: earlier,
  },
];

test('a new condition has the current transition time', () => {
  expect(conditionsSince([], [finding('Converged', 'fine')], now, false)).toEqual([
    { type: 'Ready', status: 'True', reason: 'Converged', message: 'fine', lastTransitionTime: now },
  ]);
});

test('a changed status has the current transition time', () => {
  expect(conditionsSince(before, [finding('Converged', 'fine')], now, false)[0]).toMatchObject({
    status: 'True',
    lastTransitionTime: now,
  });
});

test('while status and reason stay, the message stays as well, so that a number in it makes no commit', () => {
  const found = finding('BackingOff', 'failed after 32 s');
  expect(conditionsSince(before, [found], now, false)).toEqual(before);
});

test('a new attempt has its own message, and the transition time stays', () => {
  const found = finding('BackingOff', 'failed after 32 s', 'Look at it.');
  expect(conditionsSince(before, [found], now, true)).toEqual([{ ...found, lastTransitionTime: earlier }]);
});

test('another reason has another message, and the transition time stays', () => {
  const found = finding('NodeUnreachable', 'no answer');
  expect(conditionsSince(before, [found], now, false)).toEqual([{ ...found, lastTransitionTime: earlier }]);
});

test('a condition that no longer applies is removed', () => {
  const stalled = { ...finding('Stalled', 'y'), type: 'Stalled', status: 'True' } as const;
  const two = [...before, { ...stalled, lastTransitionTime: earlier }];
  expect(conditionsSince(two, [finding('BackingOff', '')], now, false).map(({ type }) => type)).toEqual([
    'Ready',
  ]);
});
