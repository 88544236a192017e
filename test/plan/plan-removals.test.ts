import { describe, expect, test } from 'vitest';
import type { Digest, EnvironmentName, NodeName } from '../../src/fleet/brand.ts';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { IdentityReason } from '../../src/fleet/reasons.ts';
import type { StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { backupRecord, recordedBackups } from '../support/backup-builders.ts';
import {
  blindNode,
  condition,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  nodeRef,
  observedEnvironment,
  observedFleet,
  observedNode,
  observedProvider,
  observedServer,
  recordedFleet,
  statusDocument,
} from '../support/fleet-builders.ts';

/** A converged node with environments on it that no manifest describes. */
function nodeWith(...environments: readonly ObservedEnvironment[]): ObservedNode {
  const [node] = convergedFleet(desiredFleet()).nodes.values();
  return {
    ...(node ?? observedNode('web-1')),
    environments: new Map(environments.map((environment) => [environment.name, environment])),
  };
}

function planRemoval(
  nodes: readonly ObservedNode[],
  recorded: readonly StatusDocument[] = [],
  parts: DesiredParts = {},
) {
  return plan(
    planInput({
      desired: desiredFleet(parts),
      observed: observedFleet(nodes),
      recorded: recordedFleet(recorded),
    }),
  );
}

function status(name: string, overrides: Partial<StatusDocument> = {}): StatusDocument {
  return statusDocument(environmentRef(name), { node: 'web-1', ...overrides });
}

const doomed = (name: string) => observedEnvironment(name, { deletionPolicy: 'delete' });

test('a removed manifest with the policy retain takes the site out of service and keeps its data', () => {
  const { actions } = planRemoval([nodeWith(observedEnvironment('old'))], [status('old')]);
  expect(actions).toMatchObject([
    { id: 'environment.retain:old', reason: 'Removed', risk: 'downtime', undo: { byRevert: true } },
  ]);
});

test('what is missing is named when the rest is taken out of service', () => {
  const { actions } = planRemoval([nodeWith(observedEnvironment('old', { missingData: ['database'] }))]);
  expect(actions).toMatchObject([
    {
      id: 'environment.retain:old',
      message:
        'take out of service and keep what is left of the data (policy retain); missing: WordPress in its database',
    },
  ]);
});

test('an environment with an unknown policy is retained', () => {
  const { actions } = planRemoval([nodeWith(observedEnvironment('old', { deletionPolicy: null }))]);
  expect(actions).toMatchObject([{ id: 'environment.retain:old' }]);
});

test('a retained environment needs no further action', () => {
  const { actions, blocked } = planRemoval([nodeWith(observedEnvironment('old', { retained: true }))]);
  expect([actions, blocked]).toEqual([[], []]);
});

test('a removed manifest with the policy delete deletes, and says that it cannot be undone', () => {
  const { actions } = planRemoval([nodeWith(doomed('old'))], [status('old')]);
  expect(actions).toMatchObject([{ id: 'environment.delete:old', risk: 'data', undo: { byRevert: false } }]);
  expect(actions[0]?.undo.lost).toContain('database');
});

test('an environment with a foreign identity is never removed', () => {
  const foreign = observedEnvironment('old', { uid: 'somebodyelse2345' as never, deletionPolicy: 'delete' });
  expect(planRemoval([nodeWith(foreign)])).toMatchObject({ actions: [], blocked: [] });
});

test('protection is read from what was applied, so that removing the file does not bypass it', () => {
  const { actions, blocked } = planRemoval([nodeWith(doomed('old'))], [status('old', { protected: true })]);
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ reason: 'Protected', needsPerson: true, node: 'web-1' }]);
});

test('a protected node is not deleted', () => {
  const recorded = [statusDocument(nodeRef('web-9'), { protected: true })];
  const { actions, blocked } = planRemoval([observedNode('web-9')], recorded, { nodes: [] });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ resource: 'node/web-9', kind: 'node.delete', reason: 'Protected' }]);
});

test('resources of a broken file are quarantined, those of another file are not', () => {
  const { actions, blocked } = planRemoval(
    [nodeWith(doomed('held'), doomed('gone'))],
    [status('held', { sourceFile: 'broken.yaml' }), status('gone', { sourceFile: 'fine.yaml' })],
    { brokenFiles: ['broken.yaml'] },
  );
  expect(actions.map((action) => action.id)).toEqual(['environment.delete:gone']);
  expect(blocked).toMatchObject([{ resource: environmentRef('held'), reason: 'Quarantined' }]);
});

test('a resource is quarantined if its file still exists without a manifest', () => {
  const { actions, blocked } = planRemoval(
    [nodeWith(doomed('held'), doomed('gone'))],
    [status('held', { sourceFile: 'conflict.yaml' }), status('gone', { sourceFile: 'fine.yaml' })],
    { notManifests: ['conflict.yaml', '.gitlab-ci.yml'] },
  );
  expect(actions.map((action) => action.id)).toEqual(['environment.delete:gone']);
  expect(blocked).toMatchObject([{ resource: environmentRef('held'), reason: 'Quarantined' }]);
  expect(blocked[0]).toMatchObject({
    kind: 'environment.converge',
    cause: { file: 'conflict.yaml', line: 1 },
    message: 'the file that described it no longer contains a manifest',
  });
  // What is not wanted is not shown, either.
  expect(blocked[0]?.action).toBeUndefined();
});

test('a second copy of a site is retained once the node of the manifest has the complete site', () => {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];
  const acme = desiredEnvironment('acme');
  const desired = desiredFleet({ nodes, environments: [acme] });
  const converged = convergedFleet(desired);
  const second = converged.nodes.get('web-2' as NodeName) ?? observedNode('web-2');
  const madeThere = { ...recordedFleet([]), interrupted: new Map([[acme.ref, 'web-2' as NodeName]]) };
  const planWith = (copy: ObservedEnvironment, home?: Partial<ObservedEnvironment>, recorded = madeThere) => {
    const first = converged.nodes.get('web-1' as NodeName) ?? observedNode('web-1');
    const whole = first.environments.get(acme.name) ?? observedEnvironment('acme');
    return plan(
      planInput({
        desired,
        observed: observedFleet([
          { ...first, environments: new Map([[acme.name, { ...whole, ...home }]]) },
          { ...second, environments: new Map([[copy.name, copy]]) },
        ]),
        recorded,
      }),
    );
  };
  const copy = observedEnvironment('acme', { deletionPolicy: 'delete' });
  expect(planWith(copy).actions).toMatchObject([
    { id: 'environment.retain:acme@web-2', kind: 'environment.retain', target: { node: 'web-2' } },
  ]);
  expect(planWith(copy, {}, { ...madeThere, interrupted: new Map() }).actions).toEqual([]);
  expect(planWith({ ...copy, retained: true }).actions).toEqual([]);
  expect(planWith({ ...copy, uid: 'somebodyelse2345' as never }).actions).toEqual([]);
  const half = planWith(copy, { complete: false, appliedDigest: null });
  expect(half.actions.filter(({ kind }) => kind === 'environment.retain')).toEqual([]);
});

test('an unreachable server is deleted only if it is known that it never became a node', () => {
  const orphan = { ...blindNode('web-9', 'unreachable'), server: observedServer('web-9') };
  const { actions, blocked } = planRemoval([orphan], [], { nodes: [] });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ kind: 'node.delete', reason: 'NodeUnreachable', needsPerson: true }]);
  const interrupted = {
    ...blindNode('web-9', 'absent'),
    reason: 'CreateInterrupted' as const,
    server: observedServer('web-9'),
  };
  expect(planRemoval([interrupted], [], { nodes: [] }).actions.map(({ id }) => id)).toEqual([
    'node.delete:web-9',
  ]);
});

test('a node that never came to life is deleted with what was to be on it', () => {
  const interrupted = {
    ...blindNode('web-9', 'absent'),
    reason: 'CreateInterrupted' as const,
    server: observedServer('web-9'),
  };
  const neverApplied = status('shop', { node: 'web-9', appliedDigest: null });
  const { actions, blocked } = planRemoval([interrupted], [neverApplied], { nodes: [] });
  expect(actions.map(({ id }) => id)).toEqual(['node.delete:web-9']);
  expect(blocked).toEqual([]);
  const applied = status('shop', { node: 'web-9', appliedDigest: `sha256:${'a'.repeat(64)}` as Digest });
  expect(planRemoval([interrupted], [applied], { nodes: [] }).actions).toEqual([]);
});

test('files that never contained a manifest do not block resources with a recorded file', () => {
  const recorded = [status('old', { sourceFile: 'environments/old.yaml' })];
  const { actions } = planRemoval([nodeWith(doomed('old'))], recorded, { notManifests: ['compose.yaml'] });
  expect(actions.map((action) => action.id)).toEqual(['environment.delete:old']);
});

test('while any file contains no manifest, resources without a recorded file are not removed', () => {
  const { actions, blocked } = planRemoval([nodeWith(doomed('old'))], [], {
    notManifests: ['conflict.yaml'],
  });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ reason: 'Quarantined', needsPerson: true }]);
});

test('while any file is broken, nothing without a record is removed', () => {
  const { actions, blocked } = planRemoval([nodeWith(doomed('old'))], [], { brokenFiles: ['broken.yaml'] });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ reason: 'Quarantined' }]);
});

test('a resource in the quarantine is not removed', () => {
  const { actions, blocked } = planRemoval([nodeWith(doomed('old'))], [status('old')], {
    quarantined: [environmentRef('old')],
  });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([{ reason: 'Quarantined', needsPerson: true }]);
});

const many = (count: number, overrides: Partial<ObservedEnvironment> = {}) =>
  Array.from({ length: count }, (_, index) =>
    observedEnvironment(`old-${index}`, { deletionPolicy: 'delete', ...overrides }),
  );
const kept = (count: number) =>
  Array.from({ length: count }, (_, index) => observedEnvironment(`kept-${index}`, { retained: true }));

test.each([
  ['as many as the budget', 3, { maxCount: 3, maxPercent: 100 }, 3, 0],
  ['one more than the budget', 4, { maxCount: 3, maxPercent: 100 }, 0, 4],
  ['just the allowed share', 2, { maxCount: 10, maxPercent: 20 }, 2, 0],
  ['more than the allowed share', 3, { maxCount: 10, maxPercent: 20 }, 0, 3],
  ['a single one over the share', 1, { maxCount: 10, maxPercent: 1 }, 1, 0],
  ['a single one without any budget', 1, { maxCount: 0, maxPercent: 100 }, 0, 1],
] as const)('deletion budget: %s', (_, count, deletionBudget, acted, held) => {
  // One node and nine environments: ten resources.
  const { actions, blocked } = planRemoval([nodeWith(...many(count), ...kept(9 - count))], [], {
    config: { deletionBudget },
  });
  expect([actions.length, blocked.length]).toEqual([acted, held]);
  expect(blocked.every((item) => item.reason === 'DeletionBudget' && item.needsPerson)).toBe(true);
});

test('sites that are only taken out of service count against the budget, each once', () => {
  const removed = ['one', 'two', 'three', 'four'].map((name) =>
    observedEnvironment(name, { deletionPolicy: name === 'one' ? 'backup-then-delete' : 'retain' }),
  );
  const recorded = removed.map(({ name }) => status(name));
  const planFor = (maxCount: number) =>
    planRemoval([nodeWith(...removed)], recorded, {
      config: { deletionBudget: { maxCount, maxPercent: 100 } },
    });
  expect(planFor(4).actions.map(({ kind }) => kind)).toEqual(Array(4).fill('environment.retain'));
  expect(planFor(3).actions).toEqual([]);
  expect(planFor(3).blocked.filter(({ reason }) => reason === 'DeletionBudget')).toHaveLength(4);
});

test('a node that still holds a described or a retained environment is not deleted', () => {
  const { actions, blocked } = planRemoval([nodeWith(observedEnvironment('old', { retained: true }))], [], {
    nodes: [],
  });
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    {
      resource: 'node/web-1',
      reason: 'NodeInUse',
      needsPerson: true,
      message: 'it still has the environments old',
    },
  ]);
});

test('a removed node is deleted after all of its environments', () => {
  const { actions } = planRemoval([nodeWith(doomed('a'), doomed('b'))], [], {
    nodes: [],
    config: { deletionBudget: { maxCount: 10, maxPercent: 100 } },
  });
  expect(actions.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
    ['environment.delete:a', []],
    ['environment.delete:b', []],
    ['node.delete:web-1', ['environment.delete:a', 'environment.delete:b']],
  ]);
});

test('a removed node is kept while the budget blocks the deletion of its environment', () => {
  const { actions, blocked } = planRemoval([nodeWith(doomed('a'))], [], {
    nodes: [],
    config: { deletionBudget: { maxCount: 1, maxPercent: 100 } },
  });
  expect(actions).toEqual([]);
  expect(blocked.map((item) => item.reason)).toEqual(['DeletionBudget', 'DeletionBudget']);
});

test('an unreachable removed node is not deleted when environments were on it', () => {
  const { actions, blocked } = planRemoval([blindNode('web-1', 'unreachable')], [status('old')], {
    nodes: [],
  });
  expect(actions).toEqual([]);
  expect(blocked.map(({ resource, reason }) => [resource, reason])).toEqual([
    [environmentRef('old'), 'NodeUnreachable'],
    ['node/web-1', 'NodeUnreachable'],
  ]);
});

test('the removal of an environment on an unreachable node is blocked', () => {
  const { actions, blocked } = planRemoval([blindNode('web-1', 'unknown')], [status('old')]);
  expect(actions).toEqual([]);
  expect(blocked).toMatchObject([
    { resource: environmentRef('old'), reason: 'NodeUnreachable', node: 'web-1', needsPerson: false },
    { resource: 'node/web-1', reason: 'ProviderDegraded' },
  ]);
});

test('the removal of an environment that a probe no longer finds is finished', () => {
  expect(planRemoval([nodeWith()], [status('old')])).toMatchObject({ actions: [], blocked: [] });
});

test('deletions come last, environments before nodes, by name among equals', () => {
  const orphan = observedNode('web-9');
  const { actions } = planRemoval(
    [nodeWith(doomed('b'), observedEnvironment('c'), doomed('a')), orphan],
    [],
    { config: { deletionBudget: { maxCount: 10, maxPercent: 100 } } },
  );
  expect(actions.map((action) => action.id)).toEqual([
    'environment.retain:c',
    'environment.delete:a',
    'environment.delete:b',
    'node.delete:web-9',
  ]);
  expect(actions.map((action) => action.target)).toContainEqual({
    kind: 'environment',
    environment: 'a' as EnvironmentName,
    node: 'web-1',
  });
});

test('the environments of a removed node are gone once its provider answers and has no server for it any more', () => {
  const [provider] = desiredFleet().providers.keys();
  const recorded = [status('old'), statusDocument(nodeRef('web-1'), { provider: provider ?? null })];
  const { actions, blocked } = planRemoval([], recorded, { nodes: [] });
  expect(actions).toEqual([]);
  expect(blocked).toEqual([]);
});

describe('a removed environment whose node is not as recorded', () => {
  const digest = 'a'.repeat(64) as Digest;
  const applied = (overrides: Partial<StatusDocument> = {}) =>
    status('old', { appliedDigest: digest, deletionPolicy: 'delete', ...overrides });
  const [provider] = desiredFleet().providers.keys();
  const goneNode = statusDocument(nodeRef('web-1'), { provider: provider ?? null });
  const suspect = (reason: IdentityReason, state: 'absent' | 'unreachable' | 'unprovisioned') => ({
    ...blindNode('web-1', 'unreachable'),
    state,
    identity: { reason, message: 'it is another one', nextStep: 'Put it back.', before: '1', after: null },
  });
  const blockOf = (
    nodes: readonly ObservedNode[],
    recorded: readonly StatusDocument[],
    parts?: DesiredParts,
  ) =>
    planRemoval(nodes, recorded, parts).blocked.filter(({ resource }) => resource === environmentRef('old'));

  test.each([
    ['ServerUnlabelled', 'unreachable'],
    ['ServerRenamed', 'unreachable'],
    ['ServerAmbiguous', 'unreachable'],
    ['ServerRebuilt', 'unprovisioned'],
  ] as const)('is blocked by the finding %s, which needs a person', (reason, state) => {
    const [found, ...others] = blockOf([suspect(reason, state)], [applied()]);
    expect(others).toEqual([]);
    expect(found).toMatchObject({ reason, needsPerson: true, node: 'web-1' });
    expect(found?.message).toContain('it is another one');
    expect(found?.nextStep).toContain('Put it back.');
  });

  test.each([
    ['policy delete', applied(), 0],
    ['policy retain', applied({ deletionPolicy: 'retain' }), 1],
    ['policy backup-then-delete', applied({ deletionPolicy: 'backup-then-delete' }), 1],
    ['an unknown policy', applied({ deletionPolicy: null }), 1],
    ['protection', applied({ protected: true }), 1],
    ['policy retain, never applied', applied({ deletionPolicy: 'retain', appliedDigest: null }), 0],
  ] as const)('ends with its server, unless its data was to be kept: %s', (_, document, count) => {
    for (const found of [
      blockOf([suspect('ServerGone', 'absent')], [document]),
      blockOf([blindNode('web-1', 'absent')], [document]),
      blockOf([], [document, goneNode], { nodes: [] }),
    ]) {
      expect(found).toHaveLength(count);
      if (count === 0) continue;
      expect(found).toMatchObject([{ reason: 'DataMissing', needsPerson: true }]);
      expect(found[0]?.nextStep).toContain('delete status/environment/old.yaml');
    }
  });

  test('needs a person if its node is not observed any more, or presents another host key', () => {
    const [forgotten] = blockOf([], [applied()], { nodes: [] });
    expect(forgotten).toMatchObject({ reason: 'NodeUnreachable', needsPerson: true });
    expect(forgotten?.nextStep).toContain('manifest of node web-1 back');
    const other = { ...blindNode('web-1', 'unreachable'), reason: 'HostKeyMismatch' as const };
    expect(blockOf([other], [applied()])).toMatchObject([{ reason: 'NodeUnreachable', needsPerson: true }]);
  });

  test('waits while its server is created, or its provider does not answer', () => {
    const interrupted = { ...blindNode('web-1', 'absent'), reason: 'CreateInterrupted' as const };
    const waits = [{ reason: 'NodeUnreachable', needsPerson: false }];
    expect(blockOf([interrupted], [applied({ deletionPolicy: 'retain' })])).toMatchObject(waits);
    const observed = observedFleet([], [observedProvider('hetzner', { state: 'degraded' })]);
    const input = {
      desired: desiredFleet({ nodes: [] }),
      observed,
      recorded: recordedFleet([applied(), goneNode]),
    };
    expect(plan(planInput(input)).blocked).toMatchObject(waits);
  });
});

describe('a retained environment that is not on its node any more', () => {
  const retained = (overrides: Partial<StatusDocument> = {}) =>
    status('old', {
      appliedDigest: `sha256:${'a'.repeat(64)}` as Digest,
      deletionPolicy: 'retain',
      details: { retainedSince: '2026-01-01T00:00:00Z', observed: null },
      ...overrides,
    });

  test('is a loss, and its record is kept with the way back', () => {
    const { actions, blocked } = planRemoval([nodeWith()], [retained()]);
    expect(actions).toEqual([]);
    expect(blocked).toMatchObject([
      { resource: 'environment/old', kind: 'environment.delete', reason: 'DataMissing', needsPerson: true },
    ]);
    expect(blocked[0]?.message).toContain('retained on node web-1');
    expect(blocked[0]?.nextStep).toContain('delete status/environment/old.yaml');
  });

  test('is one with a record of earlier versions, too', () => {
    const since = '2026-01-01T00:00:00Z';
    const record = retained({ details: {}, conditions: [condition('Ready', 'False', 'Retained', since)] });
    expect(planRemoval([nodeWith()], [record]).blocked).toMatchObject([{ reason: 'DataMissing' }]);
  });

  test('makes no empty site when its manifest returns', () => {
    const { actions, blocked } = planRemoval([nodeWith()], [retained()], {
      environments: [desiredEnvironment('old', { node: 'web-1' as NodeName })],
    });
    expect(actions).toEqual([]);
    expect(blocked).toMatchObject([{ kind: 'environment.converge', reason: 'DataMissing' }]);
  });

  test('was deleted by Pressluft if its final backup is verified', () => {
    const record = retained({ deletionPolicy: 'backup-then-delete' });
    const backup = backupRecord('old', { reason: 'final', takenAt: '2026-01-02T00:00:00Z' });
    const planned = (verifiedAt: string | null) =>
      plan(
        planInput({
          desired: desiredFleet(),
          observed: observedFleet([nodeWith()]),
          recorded: { ...recordedFleet([record]), backups: recordedBackups({ ...backup, verifiedAt }) },
        }),
      ).blocked;
    expect(planned('2026-01-02T01:00:00Z')).toEqual([]);
    expect(planned(null)).toMatchObject([{ reason: 'DataMissing' }]);
  });
});
