import { expect, test } from 'vitest';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { acme, changing, moreMemory, newPhp, nights, upgraded, windows } from '../support/changing-fleet.ts';
import { desiredFleet, environmentRef, hetznerNode, observedFleet } from '../support/fleet-builders.ts';

test('a risky change waits for its window and says when it runs, with the time zone for display', () => {
  const { actions, blocked } = plan(changing(upgraded, windows(nights)));
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'environment/acme',
      reason: 'MaintenanceWindow',
      message: 'waits for maintenance window nights',
      notBefore: '2026-01-01T01:00:00.000Z',
      timezone: 'Europe/Berlin',
      needsPerson: false,
      action: { id: 'environment.converge:acme', risk: 'data', downtime: { seconds: 10, basis: 'assumed' } },
    },
  ]);
});

test('the override of the window is explained if the resource has a manifest for it', () => {
  const nextSteps = (input: PlanInput) => plan(input).blocked.map(({ kind, nextStep }) => [kind, nextStep]);
  const annotate =
    'If it cannot wait: annotate the environment with pressluft.dev/ignore-windows and a reason.';
  expect(nextSteps(changing(upgraded, windows(nights)))).toEqual([
    ['environment.converge', `No action needed; it runs from 2026-01-01T01:00:00Z. ${annotate}`],
  ]);
  const never = { ...nights, overrun: 'fit' as const, durationMs: 1000 };
  expect(nextSteps(changing(upgraded, windows(never)))).toEqual([
    ['environment.converge', `Change spec.maintenance in pressluft.yaml. ${annotate}`],
  ]);
  const removed = desiredFleet({ environments: [], config: windows(nights) });
  const before = desiredFleet({ environments: [{ ...acme, deletionPolicy: 'delete' }] });
  expect(nextSteps(planInput({ desired: removed, observed: convergedFleet(before) }))).toEqual([
    ['environment.delete', 'No action needed; it runs from 2026-01-01T01:00:00Z.'],
  ]);
});

test('in its window it runs, with the same digests', () => {
  const input = changing(upgraded, windows(nights));
  const waiting = plan(input);
  const open = plan({ ...input, now: Date.parse('2026-01-01T01:00:00Z') });
  expect(open.actions.map((action) => action.digest)).toEqual([waiting.blocked[0]?.action?.digest]);
  expect(open.digest).toBe(waiting.digest);
});

test.each([
  ['a change with a lesser risk', changing(moreMemory, windows(nights))],
  ['a change of another type of environment', changing({ ...upgraded, type: 'staging' }, windows(nights))],
  [
    'an environment whose manifest overrides the windows',
    changing({ ...upgraded, windowOverride: 'CVE' }, windows(nights)),
  ],
  [
    'a new environment',
    {
      ...changing(acme, windows({ ...nights, risks: ['none', 'data'] })),
      observed: convergedFleet(desiredFleet()),
    },
  ],
])('%s does not wait', (_, input) => {
  expect(plan(input).actions).toHaveLength(1);
});

test('drift is repaired outside of windows', () => {
  const input = changing(acme, windows({ ...nights, risks: ['none', 'restart', 'downtime', 'data'] }));
  const nodes = [...input.observed.nodes.values()].map((node) => ({
    ...node,
    environments: new Map(
      [...node.environments].map(([name, seen]) => [name, { ...seen, failedServices: ['php8.2-fpm'] }]),
    ),
  }));
  const { actions } = plan({ ...input, observed: observedFleet(nodes) });
  expect(actions).toMatchObject([
    { reason: 'Drifted', message: 'put back what was changed on the node: service php8.2-fpm does not run' },
  ]);
});

test('a change of a node waits when any environment on it is of the type, and blocks its dependents', () => {
  const nodes = [hetznerNode('web-1', { phpVersions: ['8.2', '8.3'] })];
  const restarts = { ...nights, risks: ['restart'] as const };
  const { actions, blocked } = plan(changing({ ...acme, title: 'New' }, windows(restarts), { nodes }));
  expect(actions).toEqual([]);
  expect(blocked.map(({ kind, reason, notBefore }) => [kind, reason, notBefore])).toEqual([
    ['environment.converge', 'WaitsFor', '2026-01-01T01:00:00.000Z'],
    ['node.provision', 'MaintenanceWindow', '2026-01-01T01:00:00.000Z'],
  ]);
  const staging = { ...acme, type: 'staging' as const };
  const other = planInput({
    desired: desiredFleet({ environments: [staging], config: windows(restarts), nodes }),
    observed: convergedFleet(desiredFleet({ environments: [staging] })),
  });
  expect(plan(other).actions.map((action) => action.id)).toEqual(['node.provision:web-1']);
});

test('a window that must hold the whole change counts past runs', () => {
  const fit = windows({ ...nights, overrun: 'fit' });
  const input = { ...changing(upgraded, fit), now: Date.parse('2026-01-01T02:59:00Z') };
  const taking = (durationMs: number) => ({
    ...input,
    recorded: {
      ...input.recorded,
      durations: [1, 2, 3].map(() => ({
        kind: 'environment.converge',
        resource: environmentRef('other'),
        durationMs,
      })),
    },
  });
  expect(plan(taking(59_000)).actions).toMatchObject([
    { downtime: { seconds: 59, basis: 'recorded', samples: 3 } },
  ]);
  expect(plan(taking(61_000)).blocked).toMatchObject([{ reason: 'MaintenanceWindow' }]);
  expect(plan(taking(61_000)).digest).toBe(plan(input).digest);
});

test('a change that fits into no window needs a person', () => {
  const { blocked } = plan(changing(upgraded, windows({ ...nights, overrun: 'fit', durationMs: 1000 })));
  expect(blocked).toMatchObject([{ reason: 'MaintenanceWindow', needsPerson: true }]);
  expect(blocked[0]).not.toHaveProperty('notBefore');
});

test('the median of the runs of the resource itself counts before those of others', () => {
  const input = changing(newPhp);
  const durations = [4000, 5000, 30_000].map((durationMs) => ({
    kind: 'environment.converge',
    resource: acme.ref,
    durationMs,
  }));
  const others = [1, 2, 3, 4].map(() => ({
    kind: 'environment.converge',
    resource: environmentRef('x'),
    durationMs: 90_000,
  }));
  const recorded = { ...input.recorded, durations: [...durations, ...others] };
  expect(plan({ ...input, recorded }).actions).toMatchObject([
    { downtime: { seconds: 5, basis: 'recorded', samples: 3 } },
  ]);
});
