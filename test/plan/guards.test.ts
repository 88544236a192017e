import { expect, test } from 'vitest';
import type { Digest, NodeName } from '../../src/fleet/brand.ts';
import { plan } from '../../src/plan/plan.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { everyKind } from '../support/action-kinds.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import {
  acme,
  approve,
  changing,
  moreMemory,
  newPhp,
  nights,
  upgraded,
  windows,
} from '../support/changing-fleet.ts';
import {
  blindNode,
  commitSha,
  desiredEnvironment,
  desiredFleet,
  hetznerNode,
  type observedEnvironment,
  observedFleet,
} from '../support/fleet-builders.ts';

const forData = { approvals: { risks: ['data'] as const, irreversible: false } };

test('an action that needs an approval is blocked and names the command', () => {
  const input = changing(upgraded, forData);
  const planned = plan(input);
  expect(planned.actions).toEqual([]);
  expect(planned.blocked).toMatchObject([
    { reason: 'ApprovalRequired', needsPerson: true, action: { risk: 'data' } },
  ]);
  expect(planned.blocked[0]?.nextStep).toContain(`pressluft approve ${planned.digest}`);
  const approved = plan(approve(input, planned));
  expect(approved.actions.map((action) => action.id)).toEqual(['environment.converge:acme']);
  expect(approved.digest).toBe(planned.digest);
});

test.each<[string, (input: PlanInput) => PlanInput]>([
  [
    'the commit changes',
    (input) => ({ ...input, desired: { ...input.desired, commit: commitSha('commit 2') } }),
  ],
  ['the observation changes', (input) => withSeen(input, { state: 'stopped' })],
  [
    'the applied state changes',
    (input) => withSeen(input, { appliedDigest: `sha256:${'0'.repeat(64)}` as Digest }),
  ],
])('an approval is void once %s', (_, move) => {
  const input = changing(upgraded, forData);
  const moved = plan(move(approve(input, plan(input))));
  expect(moved.actions).toEqual([]);
  expect(moved.blocked).toMatchObject([{ reason: 'ApprovalRequired' }]);
  expect(moved.digest).not.toBe(plan(input).digest);
});

function withSeen(input: PlanInput, change: Partial<ReturnType<typeof observedEnvironment>>): PlanInput {
  const nodes = [...input.observed.nodes.values()].map((node) => ({
    ...node,
    environments: new Map([...node.environments].map(([name, seen]) => [name, { ...seen, ...change }])),
  }));
  return { ...input, observed: observedFleet(nodes) };
}

test('an approval can be required for every action that a revert cannot undo, at any risk', () => {
  const rules = { approvals: { risks: [], irreversible: true } };
  expect(plan(changing(upgraded, rules)).blocked).toMatchObject([{ reason: 'ApprovalRequired' }]);
  expect(plan(changing(newPhp, rules)).actions).toHaveLength(1);
});

test('an approved change still waits for its window', () => {
  const input = changing(upgraded, { ...forData, ...windows(nights) });
  const approved = approve(input, plan(input));
  expect(plan(approved).blocked).toMatchObject([{ reason: 'MaintenanceWindow' }]);
  expect(plan({ ...approved, now: Date.parse('2026-01-01T01:30:00Z') }).actions).toHaveLength(1);
});

test('a suspended node is not changed, and only its wanted changes are reported', () => {
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
    { resource: 'environment/acme', reason: 'Suspended', needsPerson: true, action: {} },
  ]);
  const idleFleet = { ...input, desired: { ...input.desired, environments: new Map([[acme.name, acme]]) } };
  expect(plan({ ...idleFleet, observed: convergedFleet(idleFleet.desired) })).toMatchObject({
    actions: [],
    blocked: [],
  });
});

test('a suspended node is not created, and environments on it without a manifest are neither retained nor deleted', () => {
  const nodes = [hetznerNode('web-1', { state: 'suspended' })];
  const missing = planInput({
    desired: desiredFleet({ nodes, environments: [acme] }),
    observed: observedFleet([blindNode('web-1', 'absent')]),
  });
  expect(plan(missing).actions).toEqual([]);
  expect(plan(missing).blocked.map(({ kind, reason }) => [kind, reason])).toEqual([
    ['environment.converge', 'Suspended'],
    ['node.create', 'Suspended'],
    ['node.provision', 'Suspended'],
  ]);
  const removed = planInput({
    desired: desiredFleet({ nodes }),
    observed: convergedFleet(desiredFleet({ nodes, environments: [{ ...acme, deletionPolicy: 'delete' }] })),
  });
  expect(plan(removed)).toMatchObject({
    actions: [],
    blocked: [{ kind: 'environment.delete', reason: 'Suspended' }],
  });
});

test('an unsupported action is blocked and shown, and never replaced by an empty copy', () => {
  const clone = desiredEnvironment('copy', { source: { kind: 'clone', environment: acme.name } });
  const desired = desiredFleet({ environments: [acme, clone] });
  const input = planInput({ desired, observed: convergedFleet(desiredFleet({ environments: [acme] })) });
  const { actions, blocked } = plan(input);
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'environment/copy',
      reason: 'NotSupported',
      needsPerson: true,
      action: { kind: 'environment.clone' },
    },
  ]);
  expect(plan({ ...input, kinds: everyKind }).actions).toMatchObject([{ kind: 'environment.clone' }]);
});
