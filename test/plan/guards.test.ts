import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Digest, NodeName } from '../../src/fleet/brand.ts';
import type { FleetConfig } from '../../src/fleet/config.ts';
import type { MaintenanceWindow } from '../../src/fleet/maintenance.ts';
import type { Action, Plan } from '../../src/fleet/plan.ts';
import type { Approval } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { anyFleet, anyGuardedFleet, everyKind, withConfig } from '../support/any-fleet.ts';
import { afterPlan, convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  blindNode,
  commitSha,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  type observedEnvironment,
  observedFleet,
  testAt,
} from '../support/fleet-builders.ts';

const acme = desiredEnvironment('acme');
const upgraded = { ...acme, wordpress: { ...acme.wordpress, version: '7.2' } };
const moreMemory = { ...acme, php: { ...acme.php, memoryLimit: '512M' } };
const newPhp = { ...acme, php: { ...acme.php, version: '8.3' } };
const now = Date.parse(testAt);

/** A plan for a converged fleet whose only environment becomes another one. */
function changing(
  after: typeof acme,
  config: Partial<FleetConfig> = {},
  parts: DesiredParts = {},
): PlanInput {
  return planInput({
    desired: desiredFleet({ environments: [after], config, ...parts }),
    observed: convergedFleet(desiredFleet({ environments: [acme] })),
  });
}

const nights: MaintenanceWindow = {
  name: 'nights',
  start: { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
  durationMs: 7_200_000,
  risks: ['downtime', 'data'],
  types: ['production'],
  overrun: 'finish',
};
const windows = (...list: readonly MaintenanceWindow[]) => ({ maintenance: { windows: list, freezes: [] } });

test('a risky change waits for its window and says when it acts, and where the clock that people read hangs', () => {
  const { actions, blocked } = plan(changing(upgraded, windows(nights)));
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'environment/acme',
      reason: 'maintenance_window',
      message: 'waits for maintenance window nights',
      notBefore: '2026-01-01T01:00:00.000Z',
      timezone: 'Europe/Berlin',
      needsPerson: false,
      action: { id: 'environment.converge:acme', risk: 'data', downtime: { seconds: 10, basis: 'assumed' } },
    },
  ]);
});

test('in its window it acts, with the same digests', () => {
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
    'what is made anew',
    {
      ...changing(acme, windows({ ...nights, risks: ['none', 'data'] })),
      observed: convergedFleet(desiredFleet()),
    },
  ],
])('%s does not wait', (_, input) => {
  expect(plan(input).actions).toHaveLength(1);
});

test('drift is mended outside of windows', () => {
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

test('a change of a node waits when any environment on it is of the type, and holds up what needs it', () => {
  const nodes = [hetznerNode('web-1', { phpVersions: ['8.2', '8.3'] })];
  const restarts = { ...nights, risks: ['restart'] as const };
  const { actions, blocked } = plan(changing({ ...acme, title: 'New' }, windows(restarts), { nodes }));
  expect(actions).toEqual([]);
  expect(blocked.map(({ kind, reason, notBefore }) => [kind, reason, notBefore])).toEqual([
    ['environment.converge', 'waits_for', '2026-01-01T01:00:00.000Z'],
    ['node.provision', 'maintenance_window', '2026-01-01T01:00:00.000Z'],
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
  expect(plan(taking(61_000)).blocked).toMatchObject([{ reason: 'maintenance_window' }]);
  expect(plan(taking(61_000)).digest).toBe(plan(input).digest);
});

test('a change that fits into no window needs a person', () => {
  const { blocked } = plan(changing(upgraded, windows({ ...nights, overrun: 'fit', durationMs: 1000 })));
  expect(blocked).toMatchObject([{ reason: 'maintenance_window', needsPerson: true }]);
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

const forData = { approvals: { risks: ['data'] as const, irreversible: false } };

function approve(input: PlanInput, planned: Plan): PlanInput {
  const actions = planned.blocked.flatMap(({ action }) => action?.digest ?? []);
  const approval: Approval = { plan: planned.digest, actions, by: 'Ada', at: testAt };
  return { ...input, recorded: { ...input.recorded, approvals: [approval] } };
}

test('what needs an approval waits for it and names the command', () => {
  const input = changing(upgraded, forData);
  const planned = plan(input);
  expect(planned.actions).toEqual([]);
  expect(planned.blocked).toMatchObject([
    { reason: 'approval_required', needsPerson: true, action: { risk: 'data' } },
  ]);
  expect(planned.blocked[0]?.nextStep).toContain(`pressluft approve ${planned.digest}`);
  const approved = plan(approve(input, planned));
  expect(approved.actions.map((action) => action.id)).toEqual(['environment.converge:acme']);
  expect(approved.digest).toBe(planned.digest);
});

test.each<[string, (input: PlanInput) => PlanInput]>([
  [
    'the commit moves',
    (input) => ({ ...input, desired: { ...input.desired, commit: commitSha('commit 2') } }),
  ],
  ['what was found moves', (input) => withSeen(input, { state: 'stopped' })],
  [
    'what was applied moves',
    (input) => withSeen(input, { appliedDigest: `sha256:${'0'.repeat(64)}` as Digest }),
  ],
])('an approval is void once %s', (_, move) => {
  const input = changing(upgraded, forData);
  const moved = plan(move(approve(input, plan(input))));
  expect(moved.actions).toEqual([]);
  expect(moved.blocked).toMatchObject([{ reason: 'approval_required' }]);
  expect(moved.digest).not.toBe(plan(input).digest);
});

function withSeen(input: PlanInput, change: Partial<ReturnType<typeof observedEnvironment>>): PlanInput {
  const nodes = [...input.observed.nodes.values()].map((node) => ({
    ...node,
    environments: new Map([...node.environments].map(([name, seen]) => [name, { ...seen, ...change }])),
  }));
  return { ...input, observed: observedFleet(nodes) };
}

test('everything that a revert cannot undo may need an approval, whatever its risk', () => {
  const rules = { approvals: { risks: [], irreversible: true } };
  expect(plan(changing(upgraded, rules)).blocked).toMatchObject([{ reason: 'approval_required' }]);
  expect(plan(changing(newPhp, rules)).actions).toHaveLength(1);
});

test('an approved change still waits for its window', () => {
  const input = changing(upgraded, { ...forData, ...windows(nights) });
  const approved = approve(input, plan(input));
  expect(plan(approved).blocked).toMatchObject([{ reason: 'maintenance_window' }]);
  expect(plan({ ...approved, now: Date.parse('2026-01-01T01:30:00Z') }).actions).toHaveLength(1);
});

test('nothing on a suspended node is changed, and only what there is to do is told', () => {
  const nodes = [hetznerNode('web-1', { state: 'suspended' }), hetznerNode('web-2')];
  const idle = desiredEnvironment('idle');
  const two = desiredEnvironment('two', { node: 'web-2' as NodeName });
  const input = planInput({
    desired: desiredFleet({ nodes, environments: [moreMemory, idle, { ...two, title: 'New' }] }),
    observed: convergedFleet(desiredFleet({ nodes, environments: [acme, idle, two] })),
  });
  const { actions, blocked } = plan(input);
  expect(actions.map((action) => action.id)).toEqual(['environment.converge:two']);
  expect(blocked).toMatchObject([
    { resource: 'environment/acme', reason: 'suspended', needsPerson: true, action: {} },
  ]);
  const idleFleet = { ...input, desired: { ...input.desired, environments: new Map([[acme.name, acme]]) } };
  expect(plan({ ...idleFleet, observed: convergedFleet(idleFleet.desired) })).toMatchObject({
    actions: [],
    blocked: [],
  });
});

test('a suspended node is not made, and what is not described on it any more is neither retained nor deleted', () => {
  const nodes = [hetznerNode('web-1', { state: 'suspended' })];
  const missing = planInput({
    desired: desiredFleet({ nodes, environments: [acme] }),
    observed: observedFleet([blindNode('web-1', 'absent')]),
  });
  expect(plan(missing).actions).toEqual([]);
  expect(plan(missing).blocked.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['environment.converge', 'suspended'],
    ['node.create', 'suspended'],
    ['node.provision', 'suspended'],
  ]);
  const removed = planInput({
    desired: desiredFleet({ nodes }),
    observed: convergedFleet(desiredFleet({ nodes, environments: [{ ...acme, deletionPolicy: 'delete' }] })),
  });
  expect(plan(removed)).toMatchObject({
    actions: [],
    blocked: [{ kind: 'environment.delete', reason: 'suspended' }],
  });
});

test('whatever is held back by window, freeze or approval acts once nothing holds it, and until then nothing else happens', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (input) => {
      const free = withConfig(input, {
        maintenance: { windows: [], freezes: [] },
        approvals: { risks: [], irreversible: false },
      });
      const wanted = plan(free);
      const guarded = plan(input);
      expect(guarded.digest).toBe(wanted.digest);
      const offered = new Set(guarded.actions.map(idOf));
      const held = new Set(
        guarded.blocked.flatMap(({ action }) => (action === undefined ? [] : [idOf(action)])),
      );
      for (const action of wanted.actions) {
        expect([
          action.id,
          offered.has(idOf(action)) || held.has(idOf(action)) || action.reason === 'RestorePoint',
        ]).toEqual([action.id, true]);
      }
      for (const action of guarded.actions) {
        expect(wanted.actions.map(idOf)).toContain(idOf(action));
        for (const id of action.dependsOn) expect(guarded.actions.map((other) => other.id)).toContain(id);
      }
      const again = afterPlan(input, guarded);
      const left = plan(again).actions.filter(
        ({ reason, kind }) => reason !== 'FinalBackup' && !kind.endsWith('.delete'),
      );
      expect(left).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('what waits for a time says one that lies in the future, and then it acts', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (any) => {
      const input = withConfig(any, { approvals: { risks: [], irreversible: false } });
      for (const { reason, notBefore, needsPerson, action } of plan(input).blocked) {
        if (reason !== 'maintenance_window' && reason !== 'freeze') continue;
        expect(needsPerson).toBe(notBefore === undefined);
        if (notBefore === undefined) continue;
        expect(Date.parse(notBefore)).toBeGreaterThan(now);
        const then = plan({ ...input, now: Date.parse(notBefore) });
        const stillHeld = then.blocked.find((item) => item.action?.id === action?.id);
        // Something that it depends on may have to wait for longer.
        expect(stillHeld?.reason ?? 'waits_for').toBe('waits_for');
      }
    }),
    { numRuns: 150 },
  );
});

test('approving what is held back lets exactly that act', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (any) => {
      const input = withConfig(any, { maintenance: { windows: [], freezes: [] } });
      const planned = plan(input);
      const approved = plan(approve(input, planned));
      expect(approved.digest).toBe(planned.digest);
      expect(approved.blocked.filter(({ reason }) => reason === 'approval_required')).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('the digest does not depend on the clock or on past runs, and moves with the commit', () => {
  fc.assert(
    fc.property(anyFleet, fc.nat(), (input, later) => {
      const durations = [1, 2, 3].map((durationMs) => ({
        kind: 'environment.converge',
        resource: acme.ref,
        durationMs,
      }));
      const planned = plan(input);
      expect(plan({ ...input, now: now + later, recorded: { ...input.recorded, durations } }).digest).toBe(
        planned.digest,
      );
      const elsewhere = plan({ ...input, desired: { ...input.desired, commit: commitSha('another') } });
      expect(elsewhere.digest).not.toBe(planned.digest);
      const before = new Set(planned.actions.map((action) => action.digest));
      for (const { digest } of elsewhere.actions) expect(before.has(digest)).toBe(false);
    }),
    { numRuns: 100 },
  );
});

test('what this version cannot carry out is held back with what it would be, and never an empty copy made instead', () => {
  const clone = desiredEnvironment('copy', { source: { kind: 'clone', environment: acme.name } });
  const desired = desiredFleet({ environments: [acme, clone] });
  const input = planInput({ desired, observed: convergedFleet(desiredFleet({ environments: [acme] })) });
  const { actions, blocked } = plan(input);
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'environment/copy',
      reason: 'not_supported',
      needsPerson: true,
      action: { kind: 'environment.clone' },
    },
  ]);
  expect(plan({ ...input, carriesOut: everyKind }).actions).toMatchObject([{ kind: 'environment.clone' }]);
});

function idOf({ id, digest }: Action): string {
  return `${id} ${digest}`;
}
