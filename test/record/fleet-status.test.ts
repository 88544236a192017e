import { expect, test } from 'vitest';
import type { NodeName, ResourceRef } from '../../src/fleet/brand.ts';
import type { FleetConfig } from '../../src/fleet/config.ts';
import type { DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedFleet, ObservedProvider } from '../../src/fleet/observed.ts';
import type { Plan } from '../../src/fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { fleetStatus } from '../../src/record/fleet-status.ts';
import type { StatusInput } from '../../src/record/status-context.ts';
import { convergedFleet, planInput } from '../support/apply-plan.ts';
import { backupPolicy, backupRepository } from '../support/backup-builders.ts';
import {
  blindNode,
  commitSha,
  type DesiredParts,
  desiredEnvironment,
  desiredFleet,
  digest,
  environmentRef,
  hetznerNode,
  nodeRef,
  observedEnvironment,
  observedFleet,
  observedProvider,
  recordedFleet,
  statusDocument,
  testContentVersion,
} from '../support/fleet-builders.ts';

const acme = desiredEnvironment('acme');
const hostKey = 'ssh-ed25519 AAAA';
const earlier = '2026-01-01T00:00:00.000Z';
const later = '2026-01-02T00:00:00.000Z';

interface Given extends DesiredParts {
  readonly observed?: ObservedFleet;
  readonly recorded?: RecordedFleet;
  readonly residual?: Partial<Plan>;
  readonly attempted?: readonly ResourceRef[];
  readonly problems?: readonly string[];
  readonly at?: string;
}

/** The documents after a pass over the given parts; the residual plan is made if it is not given. */
function statusOf(given: Given = {}): ReadonlyMap<ResourceRef, StatusDocument> {
  const desired = desiredFleet({ environments: [acme], ...given });
  const seen = given.observed ?? convergedFleet(desired);
  const observed =
    seen.providers.size > 0 ? seen : { ...seen, providers: new Map([['hetzner', observedProvider()]]) };
  const input: StatusInput = {
    desired,
    observed: observed as ObservedFleet,
    recorded: given.recorded ?? recordedFleet(),
    residual: {
      ...plan(
        planInput({
          desired,
          observed: observed as ObservedFleet,
          recorded: given.recorded ?? recordedFleet(),
        }),
      ),
      ...given.residual,
    },
    attempted: new Set(given.attempted),
    problems: given.problems ?? [],
    hostKeyOf: () => hostKey,
    contentVersion: testContentVersion,
    at: given.at ?? earlier,
  };
  return fleetStatus(input);
}

function ready(status: ReadonlyMap<ResourceRef, StatusDocument>, ref: ResourceRef) {
  return status.get(ref)?.conditions.find((condition) => condition.type === 'Ready');
}

const asRecorded = (status: ReadonlyMap<ResourceRef, StatusDocument>) => recordedFleet([...status.values()]);

test('a converged fleet is Ready in every document', () => {
  const status = statusOf();
  expect([...status.keys()]).toEqual([
    'pressluft/demo',
    'provider/hetzner',
    'node/web-1',
    'site/acme',
    'environment/acme',
  ]);
  expect(
    [...status.values()].map(({ conditions }) => conditions.map(({ type, status: is }) => `${type}=${is}`)),
  ).toEqual(Array(5).fill(['Ready=True']));
});

test('a provider that does not return its server types keeps the recorded ones', () => {
  const types = [
    { name: 'cx23', cores: 2, memoryMib: 4096, diskGib: 40, architecture: 'x86', locations: [] },
  ];
  const seen = (serverTypes: ObservedProvider['serverTypes']) =>
    observedFleet([], [observedProvider('hetzner', { serverTypes })]);
  const offer = (status: ReadonlyMap<ResourceRef, StatusDocument>) =>
    status.get('provider/hetzner' as ResourceRef)?.details;
  const first = statusOf({ observed: seen(types as ObservedProvider['serverTypes']) });
  expect(offer(first)).toEqual({
    serverTypes: {
      asOf: earlier,
      types: { cx23: { architecture: 'x86', cores: 2, memoryMib: 4096, diskGib: 40, locations: [] } },
    },
  });
  const next = statusOf({ observed: seen(null), recorded: asRecorded(first), at: later });
  expect(offer(next)).toEqual(offer(first));
  expect(offer(statusOf({ observed: seen(null) }))).toEqual({});
});

test('a second pass over the same state gives the same documents, at any time', () => {
  const first = statusOf();
  expect(statusOf({ recorded: asRecorded(first), at: later })).toEqual(first);
});

test('the document of an environment has URL, versions, node, and the commit that made it Ready', () => {
  expect(statusOf().get(acme.ref)).toMatchObject({
    sourceFile: 'environments/acme.yaml',
    node: 'web-1',
    deletionPolicy: 'retain',
    appliedRevision: commitSha('commit 1'),
    details: { url: 'http://acme.example/', wordpressVersion: '7.1.1', phpVersion: '8.2', http: 200 },
  });
});

test('a commit that changes other resources changes the document of the fleet only', () => {
  const first = statusOf();
  const second = statusOf({ commit: commitSha('commit 2'), recorded: asRecorded(first), at: later });
  const differ = [...second].filter(
    ([ref, status]) => JSON.stringify(status) !== JSON.stringify(first.get(ref)),
  );
  expect(differ.map(([ref]) => ref)).toEqual(['pressluft/demo']);
});

test('the transition time changes when the status does, and only then', () => {
  const first = statusOf();
  const down = { ...convergedFleet(desiredFleet({ environments: [acme] })) };
  const [node] = down.nodes.values();
  if (node === undefined) throw new Error('no node');
  const failing = observedFleet([
    {
      ...node,
      environments: new Map(
        [...node.environments].map(([name, seen]) => [
          name,
          { ...seen, http: { status: 500, ms: 3, message: '' } },
        ]),
      ),
    },
  ]);
  const second = statusOf({ observed: failing, recorded: asRecorded(first), at: later });
  expect(ready(second, acme.ref)).toMatchObject({
    status: 'False',
    reason: 'HttpFailed',
    message: 'WordPress answers with HTTP 500',
    lastTransitionTime: later,
  });
  expect(ready(second, nodeRef('web-1'))?.lastTransitionTime).toBe(earlier);
});

test('a page behind a password counts as served', () => {
  const guarded = desiredEnvironment('acme', {
    access: { basicAuth: { user: 'me', passwordHash: '$2y$10$x' }, noindex: true },
  });
  const [node] = convergedFleet(desiredFleet({ environments: [guarded] })).nodes.values();
  if (node === undefined) throw new Error('no node');
  const environments = new Map(
    [...node.environments].map(([name, seen]) => [
      name,
      { ...seen, http: { status: 401, ms: 1, message: '' } },
    ]),
  );
  const status = statusOf({ environments: [guarded], observed: observedFleet([{ ...node, environments }]) });
  expect(ready(status, guarded.ref)?.status).toBe('True');
});

test('a stopped environment is Ready as stopped', () => {
  const stopped = desiredEnvironment('acme', { state: 'stopped' });
  expect(ready(statusOf({ environments: [stopped] }), stopped.ref)).toMatchObject({
    status: 'True',
    reason: 'Stopped',
  });
});

test('an unreachable node keeps the facts that were last known', () => {
  const first = statusOf();
  const observed = observedFleet([blindNode('web-1', 'unreachable', { ipv4: null })]);
  const second = statusOf({ observed, recorded: asRecorded(first), at: later });
  expect(second.get(nodeRef('web-1'))).toMatchObject({
    details: { ...first.get(nodeRef('web-1'))?.details, observed: { state: 'unreachable' } },
    appliedDigest: first.get(nodeRef('web-1'))?.appliedDigest,
  });
  expect(ready(second, acme.ref)).toMatchObject({ reason: 'NodeUnreachable', status: 'False' });
  expect(second.get(acme.ref)?.details).toEqual(first.get(acme.ref)?.details);
});

test('work that is retried by itself is Reconciling, and work that needs a person is Stalled', () => {
  const blocked = (needsPerson: boolean) => ({
    actions: [],
    blocked: [
      {
        resource: acme.ref,
        node: acme.node,
        kind: 'environment.converge' as const,
        reason: needsPerson ? ('Stalled' as const) : ('BackingOff' as const),
        message: 'PL4032: no',
        nextStep: 'Look.',
        needsPerson,
        cause: null,
      },
    ],
  });
  const types = (needsPerson: boolean) =>
    statusOf({ residual: blocked(needsPerson) })
      .get(acme.ref)
      ?.conditions.map(({ type, reason }) => [type, reason]);
  expect(types(false)).toEqual([
    ['Ready', 'BackingOff'],
    ['Reconciling', 'BackingOff'],
  ]);
  expect(types(true)).toEqual([
    ['Ready', 'Stalled'],
    ['Stalled', 'Stalled'],
  ]);
});

test('work that is blocked until a time names it, with the time zone for display', () => {
  const moment = { notBefore: '2026-01-02T01:00:00.000Z', timezone: 'Europe/Berlin' };
  const held = {
    resource: acme.ref,
    node: acme.node,
    kind: 'environment.converge' as const,
    reason: 'MaintenanceWindow' as const,
    message: 'waits for maintenance window nights',
    nextStep: 'Nothing.',
    needsPerson: false,
    cause: null,
    ...moment,
  };
  const document = statusOf({ residual: { actions: [], blocked: [held] } }).get(acme.ref);
  expect(document?.conditions.find(({ type }) => type === 'Reconciling')).toMatchObject(moment);
});

test('a degraded provider says why', () => {
  const seen = observedProvider('hetzner', { state: 'degraded', reason: 'TokenRefused', message: 'refused' });
  const observed = observedFleet([blindNode('web-1', 'unknown')], [seen]);
  const [, provider] = [...statusOf({ observed }).values()];
  expect(provider?.conditions[0]).toMatchObject({
    status: 'False',
    reason: 'TokenRefused',
    message: 'refused',
  });
});

test('broken manifests are listed in the document of the fleet', () => {
  const status = statusOf({ problems: ['a.yaml:1:1 PL1001 wrong', 'b.yaml:2:1 PL1002 worse'] });
  expect(ready(status, 'pressluft/demo' as ResourceRef)).toMatchObject({
    status: 'False',
    reason: 'ManifestsInvalid',
    message: 'a.yaml:1:1 PL1001 wrong\nb.yaml:2:1 PL1002 worse',
  });
});

test('a site is Ready when all of its environments are', () => {
  const observed = observedFleet([blindNode('web-1', 'unreachable')]);
  expect(ready(statusOf({ observed }), 'site/acme' as ResourceRef)).toMatchObject({
    status: 'False',
    message: 'not ready: acme',
  });
});

test('a site is not Ready while an environment of it answers with an error', () => {
  const [node] = convergedFleet(desiredFleet({ environments: [acme] })).nodes.values();
  if (node === undefined) throw new Error('no node');
  const environments = new Map(
    [...node.environments].map(([name, seen]) => [
      name,
      { ...seen, http: { status: 500, ms: 1, message: '' } },
    ]),
  );
  const status = statusOf({ observed: observedFleet([{ ...node, environments }]) });
  expect(ready(status, 'site/acme' as ResourceRef)?.status).toBe('False');
});

const old = statusDocument(environmentRef('old'), { node: 'web-1', protected: true });

test('the record of a resource with a broken file is kept unchanged, and says so', () => {
  const status = statusOf({ recorded: recordedFleet([old]), quarantined: [old.ref] });
  expect(status.get(old.ref)).toMatchObject({ protected: true, node: 'web-1' });
  expect(ready(status, old.ref)?.reason).toBe('Quarantined');
});

test('the record of a retained environment is kept as long as its data', () => {
  const [node] = convergedFleet(desiredFleet({ environments: [acme] })).nodes.values();
  if (node === undefined) throw new Error('no node');
  const retained = observedEnvironment('old', { retained: true });
  const observed = observedFleet([
    { ...node, environments: new Map([...node.environments, [retained.name, retained]]) },
  ]);
  const recorded = recordedFleet([{ ...old, protected: false }]);
  expect(ready(statusOf({ recorded, observed }), old.ref)?.reason).toBe('Retained');
  expect(statusOf({ recorded }).has(old.ref)).toBe(false);
});

test('the record of a blocked removal is kept with its reason', () => {
  const observed = observedFleet([blindNode('web-1', 'unreachable')]);
  const status = statusOf({ observed, recorded: recordedFleet([old]) });
  expect(ready(status, old.ref)?.reason).toBe('NodeUnreachable');
});

test('an environment that is missing on its node is recorded so, and one on an unreachable node keeps its record', () => {
  const first = statusOf();
  const [node] = convergedFleet(desiredFleet({ environments: [acme] })).nodes.values();
  if (node === undefined) throw new Error('no node');
  const gone = statusOf({
    observed: observedFleet([{ ...node, environments: new Map() }]),
    recorded: asRecorded(first),
  });
  expect(gone.get(acme.ref)).toMatchObject({ details: { observed: null }, applied: null });
  const unreachable = statusOf({
    observed: observedFleet([blindNode('web-1', 'unreachable')]),
    recorded: asRecorded(first),
  });
  expect(unreachable.get(acme.ref)).toMatchObject({
    details: { observed: { state: 'running' } },
    applied: first.get(acme.ref)?.applied,
  });
});

test('an environment whose manifest names another node is recorded where it lives', () => {
  const nodes = [hetznerNode('web-1'), hetznerNode('web-2')];
  const before = desiredFleet({ nodes, environments: [acme] });
  const first = statusOf({ nodes, observed: convergedFleet(before) });
  const moved = { nodes, environments: [{ ...acme, node: 'web-2' as NodeName }] };
  const recorded = recordedFleet([...first.values()]);
  const seen = statusOf({ ...moved, observed: convergedFleet(before), recorded }).get(acme.ref);
  expect(seen).toMatchObject({ node: 'web-1', details: { observed: {} } });
  expect(seen?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Ready', status: 'False', reason: 'MoveUnsupported' }),
  );
  const blind = convergedFleet(before);
  const cut = {
    ...blind,
    nodes: new Map([...blind.nodes, ['web-1' as NodeName, blindNode('web-1', 'unreachable')]]),
  };
  const unreachable = statusOf({ ...moved, observed: cut as ObservedFleet, recorded }).get(acme.ref);
  expect(unreachable).toMatchObject({ node: 'web-1', details: { observed: {} } });
});

test('a host without a manifest keeps its record while records of environments name it', () => {
  const host = statusDocument(nodeRef('metal'), { appliedDigest: digest('host'), provider: 'static' });
  const left = statusDocument(environmentRef('left'), { node: 'metal' });
  const status = statusOf({ recorded: recordedFleet([host, left]) });
  expect(ready(status, left.ref)?.reason).toBe('NodeUnreachable');
  expect(status.get(host.ref)).toMatchObject({ appliedDigest: digest('host'), provider: 'static' });
  expect(statusOf({ recorded: recordedFleet([host]) }).has(host.ref)).toBe(false);
});

test('the record of the fleet names the plan that needs an approval', () => {
  const item = {
    resource: acme.ref,
    node: acme.node,
    kind: 'environment.converge' as const,
    reason: 'ApprovalRequired' as const,
    message: 'needs an approval',
    nextStep: 'pressluft approve x',
    needsPerson: true,
    cause: null,
  };
  const status = statusOf({ residual: { blocked: [item], digest: digest('plan') } });
  expect(status.get('pressluft/demo' as ResourceRef)?.details).toEqual({
    contentVersion: testContentVersion,
    plan: { digest: digest('plan'), approvalsWanted: 1 },
  });
  expect(ready(status, acme.ref)).toMatchObject({
    reason: 'ApprovalRequired',
    nextStep: 'pressluft approve x',
  });
});

/** Conditions of a running environment as described. */
function conditionsOf(environment: DesiredEnvironment) {
  return statusOf({ environments: [environment] }).get(environment.ref)?.conditions ?? [];
}

test('a setting that this version does not apply is a condition, and "Converged" is not said', () => {
  const backedUp = { ...acme, tls: { mode: 'acme', email: 'a@acme.example', hsts: false } } as const;
  const words =
    'accepted, not applied by this version: tls.mode acme (https is not supported yet: the site is served over http)';
  expect(conditionsOf(backedUp)).toMatchObject([
    { type: 'Ready', status: 'True', reason: 'PartlyApplied', message: expect.stringContaining(words) },
    { type: 'PartlyApplied', status: 'True', reason: 'PartlyApplied', message: words },
  ]);
  expect(conditionsOf(acme)).toMatchObject([{ type: 'Ready', status: 'True', reason: 'Converged' }]);
});

test('such a setting is also told of an environment that is not ready', () => {
  const stopped = { ...acme, state: 'stopped', scrub: 'users' } as const;
  expect(conditionsOf(stopped).map(({ type, reason }) => [type, reason])).toEqual([
    ['Ready', 'Stopped'],
    ['PartlyApplied', 'PartlyApplied'],
  ]);
});

test('a corrected manifest removes the condition', () => {
  const german = { ...acme, wordpress: { ...acme.wordpress, locale: 'de_DE' } };
  const before = statusOf({ environments: [german] });
  const documents = statusOf({ recorded: recordedFleet([...before.values()]) });
  expect(documents.get(acme.ref)?.conditions.map(({ type }) => type)).toEqual(['Ready']);
});

test('receivers of notifications are a condition of the fleet', () => {
  const receivers = [{ name: 'team' }] as unknown as FleetConfig['notifications'];
  const fleet = [...statusOf({ config: { notifications: receivers } }).values()].find(({ ref }) =>
    ref.startsWith('pressluft/'),
  );
  expect(fleet?.conditions.map(({ type }) => type)).toEqual(['Ready', 'PartlyApplied']);
});

test('a backup policy and a repository say that they do nothing yet', () => {
  const status = statusOf({
    backupPolicies: [backupPolicy('nightly')],
    backupRepositories: [backupRepository('vault')],
  });
  for (const ref of ['backuppolicy/nightly', 'backuprepository/vault'] as ResourceRef[]) {
    expect(ready(status, ref)?.reason).toBe('PartlyApplied');
    const condition = status.get(ref)?.conditions.find(({ type }) => type === 'PartlyApplied');
    expect(condition?.message).toContain('backups are not supported yet');
  }
});

test('the time of its retention stays in the record of an environment that is gone', () => {
  const [node] = convergedFleet(desiredFleet()).nodes.values();
  if (node === undefined) throw new Error('no node');
  const retained = observedEnvironment('old', { retained: true });
  const before = recordedFleet([{ ...old, protected: false }]);
  const there = observedFleet([{ ...node, environments: new Map([[retained.name, retained]]) }]);
  const first = statusOf({ recorded: before, observed: there }).get(old.ref);
  const since = first?.details.retainedSince;
  expect(since).toEqual(expect.any(String));
  const recorded = recordedFleet([first ?? old]);
  const second = statusOf({ recorded, observed: observedFleet([{ ...node, environments: new Map() }]) });
  expect(ready(second, old.ref)?.reason).toBe('DataMissing');
  expect(second.get(old.ref)?.details.retainedSince).toBe(since);
});
