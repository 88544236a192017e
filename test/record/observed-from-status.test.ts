import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeName, Uid } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment, DesiredFleet } from '../../src/fleet/desired.ts';
import type {
  ObservedEnvironment,
  ObservedFleet,
  ObservedNode,
  ServerType,
} from '../../src/fleet/observed.ts';
import type { Reason } from '../../src/fleet/reasons.ts';
import type { RecordedFleet } from '../../src/fleet/recorded.ts';
import { plan } from '../../src/plan/plan.ts';
import { recordableSpec } from '../../src/record/applied.ts';
import { fleetStatus } from '../../src/record/fleet-status.ts';
import { observedFile, parseObservedFile } from '../../src/record/observed-file.ts';
import { observedFromStatus } from '../../src/record/observed-from-status.ts';
import { parseStatus, renderStatus } from '../../src/record/status/status-document.ts';
import { anyGuardedFleet } from '../support/any-fleet.ts';
import { converged, planInput, provisioned } from '../support/apply-plan.ts';
import {
  blindNode,
  desiredEnvironment,
  desiredFleet,
  digest,
  environmentRef,
  hetznerNode,
  nodeRef,
  observedEnvironment,
  observedFleet,
  observedNode,
  observedProvider,
  observedServer,
  recordedFleet,
  staticNode,
  statusDocument,
  testAt,
  testContentVersion,
} from '../support/fleet-builders.ts';

const nodeNames = ['web-1', 'web-2', 'metal'] as const;
const environmentNames = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** Possible manifests; two of them are the applied and the planned commit. */
const desiredDigest = fc.record({
  described: fc.boolean(),
  on: fc.nat({ max: 2 }),
  title: fc.constantFrom('one', 'two'),
  password: fc.constantFrom(null, '$2y$10$first', '$2y$10$second'),
  constants: fc.constantFrom({}, { SMTP_PASSWORD: 'hunter2' }, { SMTP_PASSWORD: 'hunter3', WP_DEBUG: true }),
  stopped: fc.boolean(),
  deletes: fc.boolean(),
  protected: fc.boolean(),
});

const environmentCase = fc.record({
  applied: desiredDigest,
  planned: desiredDigest,
  on: fc.nat({ max: 2 }),
  seen: fc.constantFrom(
    'no',
    'as-applied',
    'drifted',
    'failed',
    'incomplete',
    'retained',
    'foreign',
    'unowned',
  ),
  recorded: fc.boolean(),
});

const nodeCase = fc.record({
  described: fc.boolean(),
  describedNext: fc.boolean(),
  seen: fc.constantFrom(
    'absent',
    'unreachable',
    'unknown',
    'unprovisioned',
    'not_ready',
    'outdated',
    'ready',
    'ready',
    'foreign',
  ),
});

type EnvironmentCase = typeof environmentCase extends fc.Arbitrary<infer T> ? T : never;
type NodeCase = typeof nodeCase extends fc.Arbitrary<infer T> ? T : never;
type DesiredCase = typeof desiredDigest extends fc.Arbitrary<infer T> ? T : never;

const anyCase = fc.record({
  nodes: fc.tuple(nodeCase, nodeCase, nodeCase),
  environments: fc.array(environmentCase, { maxLength: environmentNames.length }),
  broken: fc.boolean(),
});

function nodeOf(index: number) {
  const name = nodeNames[index] ?? 'web-1';
  return name === 'metal' ? staticNode(name) : hetznerNode(name);
}

function environmentOf(item: DesiredCase, index: number): DesiredEnvironment {
  return desiredEnvironment(environmentNames[index] ?? 'x', {
    node: (nodeNames[item.on] ?? 'web-1') as NodeName,
    title: item.title,
    state: item.stopped ? 'stopped' : 'running',
    deletionPolicy: item.deletes ? 'delete' : 'retain',
    protected: item.protected,
    access: {
      basicAuth: item.password === null ? null : { user: 'me', passwordHash: item.password },
      noindex: false,
    },
    wordpress: { ...desiredEnvironment('x').wordpress, constants: item.constants },
  });
}

/** A commit of the fleet: the one that was applied, or the one that is planned. */
function commitOf(
  cases: { nodes: readonly NodeCase[]; environments: readonly EnvironmentCase[]; broken: boolean },
  which: 'applied' | 'planned',
): DesiredFleet {
  const isThere = (node: NodeCase | undefined) =>
    which === 'applied' ? node?.described === true : node?.describedNext === true;
  return desiredFleet({
    nodes: nodeNames.flatMap((_, index) => (isThere(cases.nodes[index]) ? [nodeOf(index)] : [])),
    environments: cases.environments.flatMap((item, index) =>
      item[which].described && isThere(cases.nodes[item[which].on])
        ? [environmentOf(item[which], index)]
        : [],
    ),
    config: { deletionBudget: { maxCount: 2, maxPercent: 60 } },
    brokenFiles: cases.broken && which === 'planned' ? ['environments/a.yaml'] : [],
  });
}

const serverTypes: readonly ServerType[] = [
  {
    name: 'cx23',
    cores: 2,
    memoryMib: 4096,
    diskGib: 40,
    architecture: 'x86',
    locations: [
      { location: 'fsn1', available: false, unavailableAfter: null },
      { location: 'hel1', available: true, unavailableAfter: '2026-01-01T00:00:00Z' },
    ],
  },
];

function observedOf(
  desired: DesiredFleet,
  cases: { nodes: readonly NodeCase[]; environments: readonly EnvironmentCase[] },
): ObservedFleet {
  const nodes = nodeNames.flatMap((name, index) => {
    const here = cases.environments.flatMap((item, at) => seenAs(desired, item, at, index));
    const item = cases.nodes[index];
    return item === undefined ? [] : seenNode(desired, item, name, here);
  });
  const servers = nodes.flatMap(({ server }) => server ?? []);
  return observedFleet(nodes, [observedProvider('hetzner', { servers, serverTypes })]);
}

function seenAs(desired: DesiredFleet, item: EnvironmentCase, at: number, on: number): ObservedEnvironment[] {
  if (item.on !== on) return [];
  const environment = environmentOf(item.applied, at);
  const seen = converged(desired, environment, observedNode(nodeNames[on] ?? ''));
  switch (item.seen) {
    case 'no':
      return [];
    case 'as-applied':
      return [seen];
    case 'drifted':
      return [{ ...seen, driftedFiles: [{ path: '/etc/x', expected: 'a', actual: null }] }];
    case 'failed':
      return [{ ...seen, failedServices: ['php8.2-fpm'] }];
    case 'incomplete':
      return [{ ...seen, complete: false, appliedDigest: null, appliedSpec: null }];
    case 'retained':
      return [{ ...seen, retained: true }];
    case 'foreign':
      return [observedEnvironment(environment.name, { uid: 'somebodyelse2345' as Uid })];
    case 'unowned':
      return [observedEnvironment(environment.name, { uid: null })];
    default:
      return item.seen satisfies never;
  }
}

/** As a pass can observe it: hosts without a manifest and nodes without a server are not observed. */
function seenNode(
  desired: DesiredFleet,
  item: NodeCase,
  name: string,
  here: readonly ObservedEnvironment[],
): readonly ObservedNode[] {
  const desiredNode = desired.nodes.get(name as NodeName);
  const isStatic = name === 'metal';
  const server = isStatic ? null : observedServer(name);
  const ipv4 = isStatic ? { ipv4: '192.0.2.77' } : {};
  const environments = new Map(here.map((environment) => [environment.name, environment]));
  const base = { ...observedNode(name, { server, environments }), ...ipv4 };
  if (desiredNode === undefined && (isStatic || item.seen === 'absent' || item.seen === 'unknown')) return [];
  switch (item.seen) {
    case 'absent':
    case 'unknown':
      return isStatic
        ? [{ ...blindNode(name, 'unreachable', { server }), ...ipv4 }]
        : [blindNode(name, item.seen)];
    case 'unreachable':
      return [{ ...blindNode(name, 'unreachable', { server }), ...ipv4 }];
    case 'unprovisioned':
      return [{ ...base, state: 'unprovisioned' }];
    case 'outdated':
      return [base];
    case 'foreign':
      return [{ ...base, server: server && { ...server, uid: 'somebodyelse2345' as Uid } }];
    case 'not_ready': {
      const check = {
        reason: 'DiskLow',
        detail: null,
        ok: false,
        severity: 'error',
        message: '12 MiB are free',
      } as const;
      return [{ ...base, state: 'not_ready', reason: 'DiskLow', message: check.message, checks: [check] }];
    }
    case 'ready':
      return desiredNode === undefined
        ? [base]
        : [
            {
              ...provisioned(planInput({ desired, observed: observedFleet([]) }), base, desiredNode),
              environments,
            },
          ];
    default:
      return item.seen satisfies never;
  }
}

/** The status branch after a pass over the observation, read back from its files. */
function recordsOf(desired: DesiredFleet, observed: ObservedFleet, before: RecordedFleet): RecordedFleet {
  const status = fleetStatus({
    desired,
    observed,
    recorded: before,
    residual: plan(planInput({ desired, observed, recorded: before })),
    attempted: new Set(),
    problems: [],
    hostKeyOf: () => null,
    contentVersion: testContentVersion,
    at: testAt,
  });
  return recordedFleet([...status.values()].flatMap((document) => parseStatus(renderStatus(document)) ?? []));
}

const anyPass = anyCase.map((cases) => {
  const applied = commitOf(cases, 'applied');
  const before = recordedFleet(
    cases.environments.flatMap((item, index) =>
      item.recorded
        ? [
            statusDocument(environmentRef(environmentNames[index] ?? 'x'), {
              node: nodeNames[item.on] ?? null,
              protected: item.applied.protected,
              appliedDigest: digest('before'),
            }),
          ]
        : [],
    ),
  );
  const observed = observedOf(applied, cases);
  return {
    applied,
    planned: commitOf(cases, 'planned'),
    observed,
    recorded: recordsOf(applied, observed, before),
  };
});

test('server types are read back from the record of a provider', () => {
  const desired = desiredFleet();
  const observed = observedFleet([], [observedProvider('hetzner', { serverTypes })]);
  const read = observedFromStatus(desired, recordsOf(desired, observed, recordedFleet()));
  expect([...read.providers.values()].map((provider) => provider.serverTypes)).toEqual([serverTypes]);
});

test('this holds for every fleet of the planner tests', () => {
  fc.assert(
    fc.property(anyGuardedFleet, (input) => {
      const { desired, recorded } = input;
      const nodes = [...input.observed.nodes.values()].filter(
        ({ name, server, state }) => desired.nodes.has(name) || (server !== null && state !== 'absent'),
      );
      const observed = { ...input.observed, nodes: new Map(nodes.map((node) => [node.name, node])) };
      const after = { ...recorded, status: recordsOf(desired, observed, recorded).status };
      const made = (seen: ObservedFleet) => plan({ ...input, observed: seen, recorded: after });
      expect(made(observedFromStatus(desired, after))).toEqual(made(observed));
    }),
    { numRuns: 300 },
  );
});

/** The shown parts of actions, and blocked items. */
function shown(desired: DesiredFleet, observed: ObservedFleet, recorded: RecordedFleet) {
  return plan(planInput({ desired, observed, recorded }));
}

test('a plan from the records of a pass equals the plan from its observation', () => {
  fc.assert(
    fc.property(anyPass, ({ applied, observed, recorded }) => {
      const fromStatus = observedFromStatus(applied, recorded);
      expect(shown(applied, fromStatus, recorded)).toEqual(shown(applied, observed, recorded));
    }),
    { numRuns: 300 },
  );
});

test('the plan of a commit that is not applied yet is the same, too, from an observation or from records', () => {
  fc.assert(
    fc.property(anyPass, ({ planned, observed, recorded }) => {
      const fromStatus = observedFromStatus(planned, recorded);
      const seen = visibleFrom(planned, observed, fromStatus);
      expect(shown(planned, fromStatus, recorded)).toEqual(shown(planned, seen, recorded));
    }),
    { numRuns: 300 },
  );
});

/**
 * Observation of the same world by a pass over another commit: hosts without a manifest are not observed, and new hosts are assumed
 * to be as a plan from records assumes.
 */
function visibleFrom(desired: DesiredFleet, world: ObservedFleet, guess: ObservedFleet): ObservedFleet {
  const seen = [...world.nodes.values()].filter(
    ({ name, server, state }) => desired.nodes.has(name) || (server !== null && state !== 'absent'),
  );
  const names = new Set(seen.map(({ name }) => name));
  const fresh = [...desired.nodes.keys()].flatMap((name) =>
    names.has(name) ? [] : (guess.nodes.get(name) ?? []),
  );
  return { ...world, nodes: new Map([...seen, ...fresh].map((node) => [node.name, node])) };
}

test('a saved observation gives the same plans, matches its schema, and contains no secret', () => {
  fc.assert(
    fc.property(anyPass, ({ applied, observed, recorded }) => {
      const text = JSON.stringify(observedFile(applied, observed, testContentVersion, testAt));
      for (const secret of secrets) expect(text).not.toContain(secret);
      const saved = parseObservedFile(text);
      if (typeof saved === 'string') throw new Error(saved);
      expect(shown(applied, saved.of(applied), recorded)).toEqual(shown(applied, observed, recorded));
    }),
    { numRuns: 60 },
  );
});

test('a saved observation of the first version is read with the current names', () => {
  const desired = desiredFleet({ environments: [desiredEnvironment('acme')] });
  const first = {
    format: 'pressluft-observed',
    version: 1,
    fleet: 'demo',
    at: testAt,
    contentVersion: testContentVersion,
    providers: [{ name: 'hetzner', state: 'degraded', reason: 'TokenRefused', message: 'no' }],
    nodes: [
      {
        name: 'web-1',
        provider: 'hetzner',
        ipv4: '192.0.2.1',
        server: { id: 42, name: 'demo-web-1', type: 'cx23', location: 'fsn1' },
        digest: digest('node'),
        observed: {
          state: 'not_ready',
          reason: 'service_inactive:nginx',
          message: 'nginx is dead',
          failing: [{ code: 'service_inactive:nginx', message: 'nginx is dead' }],
        },
        environments: [
          { name: 'acme', state: 'running', drift: [{ path: '/x', expected: 'a', actual: null }] },
        ],
      },
    ],
  };
  const saved = parseObservedFile(JSON.stringify(first));
  if (typeof saved === 'string') throw new Error(saved);
  const seen = saved.of(desired);
  expect([...seen.providers.values()]).toMatchObject([{ state: 'degraded', reason: 'TokenRefused' }]);
  expect([...seen.nodes.values()]).toMatchObject([
    {
      name: 'web-1',
      state: 'not_ready',
      reason: 'ServiceInactive',
      ipv4: '192.0.2.1',
      server: { id: 42 },
      appliedDigest: digest('node'),
      checks: [{ reason: 'ServiceInactive', detail: 'nginx', ok: false }],
    },
  ]);
  const environments = [...seen.nodes.values()].flatMap((node) => [...node.environments.values()]);
  expect(environments).toMatchObject([
    { name: 'acme', complete: true, driftedFiles: [{ path: '/x', expected: 'a', actual: null }] },
  ]);
  const wrong = { ...first, nodes: [{ ...first.nodes[0], surprise: 1 }] };
  expect(parseObservedFile(JSON.stringify(wrong))).toMatch(/must NOT have additional properties/);
});

const secrets = ['hunter2', 'hunter3', '$2y$10$first', '$2y$10$second'];

test('no secret of a task reaches the records, and a changed secret still differs from an unchanged one', () => {
  fc.assert(
    fc.property(anyPass, ({ recorded }) => {
      const text = [...recorded.status.values()].map(renderStatus).join('');
      for (const secret of secrets) expect(text).not.toContain(secret);
    }),
    { numRuns: 100 },
  );
});

test('a too large task is not recorded', () => {
  expect(recordableSpec({ name: 'x'.repeat(300_000) }, 'salt')).toBeNull();
  expect(recordableSpec({ name: 'x' }, 'salt')).toEqual({ name: 'x' });
});

test('records without observations are read by their conditions', () => {
  const at = { lastTransitionTime: testAt, message: '' };
  const ready = (reason: Reason) => [{ type: 'Ready', status: 'True', reason, ...at } as const];
  const desired = desiredFleet({ environments: [desiredEnvironment('a')] });
  const old = recordedFleet([
    statusDocument(nodeRef('web-1'), {
      appliedDigest: digest('node'),
      conditions: ready('Provisioned'),
      details: { ipv4: '192.0.2.40', server: { id: 42, name: 'demo-web-1', type: 'cx23', location: 'fsn1' } },
    }),
    statusDocument(environmentRef('a'), {
      node: 'web-1',
      appliedDigest: digest('a'),
      conditions: ready('Stopped'),
    }),
  ]);
  const seen = observedFromStatus(desired, old).nodes.get('web-1' as NodeName);
  expect(seen).toMatchObject({ state: 'ready', ipv4: '192.0.2.40', server: { id: 42, image: null } });
  expect([...(seen?.environments.values() ?? [])]).toMatchObject([
    { name: 'a', state: 'stopped', appliedDigest: digest('a') },
  ]);
});
