import { describe, expect, test } from 'vitest';
import { errors } from '../../src/fleet/error-catalogue.ts';
import { restorePointReason } from '../../src/plan/block-actions.ts';
import type { RetryState } from '../../src/ports/store.ts';
import { admit, afterFailure, retryDelaysMs } from '../../src/reconcile/retry.ts';
import { digest } from '../support/fleet-builders.ts';
import { action, planOf } from './actions.ts';

const minute = 60_000;
const now = Date.UTC(2026, 0, 1);
const converge = action('environment.converge', 'acme', 'web-1');

const failure = {
  action: converge,
  code: errors.convergeFailed,
  message: 'it failed',
  hint: null,
  retriable: true,
  afterMs: null,
};

test('pauses are one, five and fifteen minutes, and the fourth failure stalls', () => {
  expect(retryDelaysMs).toEqual([1 * minute, 5 * minute, 15 * minute]);
  let state: RetryState | undefined;
  const pauses: number[] = [];
  for (let attempt = 1; attempt <= 4; attempt++) {
    state = afterFailure(state, failure, now, 0);
    pauses.push(state.nextAttemptAt - now);
    expect(state.failures).toBe(attempt);
  }
  expect(pauses).toEqual([1 * minute, 5 * minute, 15 * minute, Number.POSITIVE_INFINITY]);
});

test('jitter adds up to a tenth and never takes away', () => {
  expect(afterFailure(undefined, failure, now, 0).nextAttemptAt - now).toBe(minute);
  expect(afterFailure(undefined, failure, now, 0.999).nextAttemptAt - now).toBeLessThan(1.1 * minute);
});

test('an error that cannot be retried stalls at once', () => {
  const state = afterFailure(undefined, { ...failure, retriable: false }, now, 0);
  expect(state).toMatchObject({ failures: 1, nextAttemptAt: Number.POSITIVE_INFINITY });
});

test('a provider that asks for a longer pause gets it, a shorter one does not count', () => {
  const asked = (afterMs: number) =>
    afterFailure(undefined, { ...failure, afterMs }, now, 0).nextAttemptAt - now;
  expect(asked(10 * minute)).toBe(10 * minute);
  expect(asked(1000)).toBe(minute);
});

test('another desired digest starts a new count', () => {
  const first = afterFailure(undefined, failure, now, 0);
  const second = afterFailure(first, failure, now, 0);
  const other = { ...failure, action: { ...converge, desiredDigest: digest('another state') } };
  expect(second.failures).toBe(2);
  expect(afterFailure(second, other, now, 0).failures).toBe(1);
});

const waiting = (overrides: Partial<RetryState> = {}): RetryState => ({
  resource: converge.resource,
  digest: converge.desiredDigest,
  failures: 1,
  nextAttemptAt: now + minute,
  code: errors.convergeFailed,
  message: 'it failed',
  hint: 'Look at the log.',
  ...overrides,
});

test('a plan without failures is not changed', () => {
  const plan = planOf(converge);
  expect(admit(plan, [], now)).toBe(plan);
});

test('an action that failed recently is blocked with its error', () => {
  const { actions, blocked } = admit(planOf(converge), [waiting()], now);
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      reason: 'BackingOff',
      message: 'PL4032: it failed',
      nextStep: 'Look at the log.',
      node: 'web-1',
      needsPerson: false,
      notBefore: new Date(now + minute).toISOString(),
    },
  ]);
});

test('after its pause it is allowed again', () => {
  expect(admit(planOf(converge), [waiting()], now + minute).actions).toEqual([converge]);
});

test('a stalled action needs a person, and has a next step', () => {
  const stalled = waiting({ nextAttemptAt: Number.POSITIVE_INFINITY, hint: null });
  const { blocked } = admit(planOf(converge), [stalled], now);
  expect(blocked).toMatchObject([{ reason: 'Stalled', needsPerson: true }]);
  expect(blocked[0]?.nextStep).toContain('pressluft reconcile');
});

test('a changed desired digest is tried at once', () => {
  const retry = waiting({ digest: digest('an older state'), nextAttemptAt: Number.POSITIVE_INFINITY });
  expect(admit(planOf(converge), [retry], now).actions).toEqual([converge]);
});

test('dependents of a blocked action are blocked as well, over any number of steps', () => {
  const create = action('node.create', 'web-1');
  const provision = action('node.provision', 'web-1', 'web-1', [create.id]);
  const dependent = action('environment.converge', 'acme', 'web-1', [provision.id]);
  const other = action('environment.converge', 'other', 'web-2');
  const retry = waiting({ resource: create.resource, digest: create.desiredDigest });
  const { actions, blocked } = admit(planOf(create, provision, dependent, other), [retry], now);
  expect(actions).toEqual([other]);
  expect(blocked.map(({ resource, reason }) => [resource, reason])).toEqual([
    ['node/web-1', 'BackingOff'],
    ['node/web-1', 'WaitsFor'],
    ['environment/acme', 'WaitsFor'],
  ]);
});

describe('the restore point before a change that failed', () => {
  const point = { ...action('backup.create', 'acme', 'web-1'), reason: restorePointReason } as const;
  const change = { ...converge, dependsOn: [point.id] };

  test('is not taken while the change backs off', () => {
    const { actions, blocked } = admit(planOf(point, change), [waiting()], now);
    expect(actions).toEqual([]);
    expect(blocked).toMatchObject([{ kind: 'environment.converge', reason: 'BackingOff', action: change }]);
  });

  test('is taken for another change that needs it', () => {
    const other = { ...action('backup.restore', 'acme', 'web-1'), dependsOn: [point.id] };
    expect(admit(planOf(point, change, other), [waiting()], now).actions).toEqual([point, other]);
  });

  test('is taken when the retry of the change is due', () => {
    expect(admit(planOf(point, change), [waiting()], now + minute).actions).toEqual([point, change]);
  });

  test('blocks the change when it failed itself', () => {
    const { actions, blocked } = admit(
      planOf(point, change),
      [waiting({ digest: point.desiredDigest })],
      now,
    );
    expect(actions).toEqual([]);
    expect(blocked.map(({ kind, reason }) => [kind, reason])).toEqual([
      ['backup.create', 'BackingOff'],
      ['environment.converge', 'WaitsFor'],
    ]);
  });
});

test('dependents of a stalled action need a person as well', () => {
  const create = action('node.create', 'web-1');
  const provision = action('node.provision', 'web-1', 'web-1', [create.id]);
  const stalled = waiting({
    resource: create.resource,
    digest: create.desiredDigest,
    nextAttemptAt: Number.POSITIVE_INFINITY,
  });
  const { blocked } = admit(planOf(create, provision), [stalled], now);
  expect(blocked).toMatchObject([
    { reason: 'Stalled', needsPerson: true },
    { reason: 'WaitsFor', needsPerson: true, nextStep: 'Look at the log.' },
  ]);
});
