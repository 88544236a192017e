import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Action } from '../../src/fleet/plan.ts';
import { comparedKey, comparePlans } from '../../src/plan/compare-plans.ts';
import { planJson } from '../../src/plan/plan-json.ts';
import { viewOf } from '../../src/plan/plan-view.ts';
import { anyPlanJson } from '../support/any-plan.ts';
import { commitSha, digest } from '../support/fleet-builders.ts';
import { sampleMerge } from '../support/sample-merge.ts';
import { at, blockedFor, change, environmentAction, samplePlan, upgrade } from '../support/sample-plans.ts';

const before = commitSha('base');
const after = commitSha('head');
const planOf = (actions: readonly Action[], commit = after) => planJson(samplePlan(actions, [], commit));
const converge = (name: string, parts = {}) => environmentAction('environment.converge', name, parts);
const compared = (base: readonly Action[], head: readonly Action[]) => {
  const { added, pending, resolved } = comparePlans(planOf(base, before), planOf(head));
  return {
    added: added.map(({ id, change: kind }) => `${kind} ${id}`),
    pending: pending.map(({ id }) => id),
    resolved: resolved.map(({ id }) => id),
  };
};

describe('comparing plans', () => {
  test('separates added changes from pending ones and from those that the merge makes unnecessary', () => {
    expect(compared([converge('a'), converge('b')], [converge('b'), converge('c')])).toEqual({
      added: ['new environment.converge:c'],
      pending: ['environment.converge:b'],
      resolved: ['environment.converge:a'],
    });
  });

  test('reports an action with other content as changed, not as resolved', () => {
    const change256 = { changes: [change('php.memory_limit', '128M', '256M')] };
    const change512 = { changes: [change('php.memory_limit', '128M', '512M')] };
    expect(compared([converge('a', change256)], [converge('a', change512)])).toEqual({
      added: ['changed environment.converge:a'],
      pending: [],
      resolved: [],
    });
  });

  test.each<[string, Partial<Action>]>([
    ['the position of its cause', { cause: at('elsewhere.yaml', 99, 1) }],
    ['its digest', { digest: digest('another') }],
    ['how many runs its downtime is known from', { downtime: { seconds: 0, basis: 'recorded', samples: 9 } }],
    ['its dependencies', { dependsOn: ['node.provision:web-1'] }],
  ])('counts a change as pending when only %s differs', (_, parts) => {
    expect(compared([converge('a')], [converge('a', parts)]).pending).toEqual(['environment.converge:a']);
  });

  test.each<[string, Partial<Action>]>([
    ['its reason', { reason: 'Drifted' }],
    ['its risk', { risk: 'data' }],
    ['what cannot be undone', { undo: { byRevert: false, lost: 'all', restorePoint: null } }],
    ['its words', { message: 'something else' }],
  ])('counts a change as added when %s differs', (_, parts) => {
    expect(compared([converge('a')], [converge('a', parts)]).added).toEqual([
      'changed environment.converge:a',
    ]);
  });

  test('recognises a pending restore point although its id contains the commit', () => {
    const { added, pending, resolved } = compared(upgrade('shop', before), upgrade('shop', after));
    expect({ added, resolved }).toEqual({ added: [], resolved: [] });
    expect(pending).toEqual([`backup.create:shop@${after.slice(0, 12)}`, 'environment.converge:shop']);
  });

  test('an action that the merge blocks is changed, not new and not resolved', () => {
    const base = planOf([converge('a')], before);
    const head = planJson(samplePlan([], [blockedFor(converge('a'), 'DeletionBudget')], after));
    const { added, pending, resolved } = comparePlans(base, head);
    expect(added).toEqual([
      { id: 'environment.converge:a', reason: 'DeletionBudget', blocked: true, change: 'changed' },
    ]);
    expect([pending, resolved]).toEqual([[], []]);
  });

  test('an action that is blocked until another time is still pending', () => {
    const blocked = (notBefore: string) => blockedFor(converge('a'), 'MaintenanceWindow', { notBefore });
    const base = planJson(samplePlan([], [blocked('2026-11-20T01:00:00Z')], before));
    const head = planJson(samplePlan([], [blocked('2026-11-21T01:00:00Z')], after));
    expect(comparePlans(base, head).summary).toEqual({ added: 0, pending: 1, resolved: 0 });
  });

  test('the counts and the plan of a comparison are those of its lists and of the head', () => {
    const { base, head } = sampleMerge();
    const comparison = comparePlans(base, head);
    expect(comparison.summary).toEqual({ added: 5, pending: 5, resolved: 1 });
    expect(comparison.plan).toBe(head);
    expect(comparison.base).toEqual({ commit: base.commit, digest: base.digest });
  });
});

test('a plan adds nothing to itself', () => {
  fc.assert(
    fc.property(anyPlanJson, (plan) => {
      const { added, resolved, pending } = comparePlans(plan, plan);
      expect({ added, resolved, pending: pending.length }).toEqual({
        added: [],
        resolved: [],
        pending: plan.actions.length + plan.blocked.length,
      });
    }),
  );
});

test('every item of the head is either added or pending, and the view of it shows each once', () => {
  fc.assert(
    fc.property(anyPlanJson, anyPlanJson, (base, other) => {
      const head = {
        ...other,
        actions: [...other.actions, ...base.actions],
        blocked: [...other.blocked, ...base.blocked],
      };
      const comparison = comparePlans(base, head);
      const keys = [...comparison.added, ...comparison.pending].map(comparedKey).sort();
      const items = [
        ...head.actions.map(({ id, reason }) => comparedKey({ id, reason, blocked: false })),
        ...head.blocked.map(({ id, reason }) => comparedKey({ id, reason, blocked: true })),
      ];
      expect(keys).toEqual(items.sort());
      const view = viewOf(comparison);
      const shown = [
        ...view.actions.map(({ id, reason }) => comparedKey({ id, reason, blocked: false })),
        ...view.blocked.map(({ id, reason }) => comparedKey({ id, reason, blocked: true })),
      ];
      for (const item of comparison.added) expect(shown).toContain(comparedKey(item));
      expect(view.actions.length + view.pendingActions.length).toBe(head.actions.length);
      expect(view.blocked.length + view.pendingBlocked.length).toBe(head.blocked.length);
    }),
  );
});
