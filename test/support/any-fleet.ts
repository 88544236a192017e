import fc from 'fast-check';
import type { BackupPolicyName, EnvironmentName, NodeName } from '../../src/fleet/brand.ts';
import type { FleetConfig } from '../../src/fleet/config.ts';
import type { DeletionPolicy, DesiredEnvironment } from '../../src/fleet/desired.ts';
import type { ObservedEnvironment, ObservedNode } from '../../src/fleet/observed.ts';
import type { BackupRecord } from '../../src/fleet/recorded.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { everyKind } from './action-kinds.ts';
import { converged, planInput, provisioned } from './apply-plan.ts';
import {
  backupPolicy,
  backupRecord,
  backupRepository,
  backupRequest,
  promotionRequest,
  recordedBackups,
  restoreRequest,
} from './backup-builders.ts';
import {
  blindNode,
  condition,
  desiredEnvironment,
  desiredFleet,
  environmentRef,
  hetznerNode,
  observedEnvironment,
  observedFleet,
  observedNode,
  recordedFleet,
  statusDocument,
  testAt,
} from './fleet-builders.ts';

/** Generated fleets: every state of nodes and environments with every desired state, and everything that blocks work. */
export const nodeNames = ['web-1', 'web-2', 'web-3'] as const;
/** No parts of messages. */
export const environmentNames = ['site-a', 'site-b', 'site-c', 'site-d', 'site-e', 'site-f'] as const;
export const foreignUid = 'somebodyelse2345' as ObservedEnvironment['uid'];

const seenEnvironments = [
  'no',
  'converged',
  'changed',
  'old-wordpress',
  'other-state',
  'drifted',
  'incomplete',
  'retained',
  'foreign',
] as const;

const environmentCase = fc.record({
  on: fc.nat({ max: nodeNames.length - 1 }),
  described: fc.boolean(),
  quarantined: fc.nat({ max: 7 }).map((dice) => dice === 0),
  seen: fc.constantFrom(...seenEnvironments),
  stopped: fc.boolean(),
  policy: fc.constantFrom<DeletionPolicy>('retain', 'delete', 'backup-then-delete'),
  protected: fc.boolean(),
  type: fc.constantFrom('production', 'staging', 'development'),
  backedUp: fc.boolean(),
  source: fc.oneof(
    { weight: 3, arbitrary: fc.constant('new' as const) },
    { weight: 1, arbitrary: fc.constantFrom(...environmentNames) },
    { weight: 1, arbitrary: fc.constant('backup' as const) },
  ),
  override: fc.boolean(),
  record: fc.constantFrom('none', 'none', 'scheduled', 'restore-point', 'final', 'unverified'),
  recorded: fc.boolean(),
});
type EnvironmentCase = typeof environmentCase extends fc.Arbitrary<infer T> ? T : never;

const nodeCase = fc.record({
  described: fc.boolean(),
  suspended: fc.nat({ max: 5 }).map((dice) => dice === 0),
  seen: fc.constantFrom('absent', 'unreachable', 'unknown', 'unprovisioned', 'outdated', 'ready', 'ready'),
  /** Whether the firewall of the provider was taken off its server. */
  open: fc.nat({ max: 5 }).map((dice) => dice === 0),
});
type NodeCase = typeof nodeCase extends fc.Arbitrary<infer T> ? T : never;

const requestCase = fc.record({
  kind: fc.constantFrom('backup', 'restore', 'restore-by-time', 'promotion'),
  of: fc.constantFrom(...environmentNames),
  to: fc.constantFrom(...environmentNames),
  done: fc.boolean(),
});
type RequestCase = typeof requestCase extends fc.Arbitrary<infer T> ? T : never;

const fleetCase = fc.record({
  nodes: fc.tuple(nodeCase, nodeCase, nodeCase),
  environments: fc.array(environmentCase, { maxLength: environmentNames.length }),
  requests: fc.array(requestCase, { maxLength: 3 }),
  maxCount: fc.nat({ max: 4 }),
  broken: fc.nat({ max: 5 }).map((dice) => dice === 0),
});
type FleetCase = typeof fleetCase extends fc.Arbitrary<infer T> ? T : never;

/** Any fleet, with all action kinds supported and without windows, freezes or approvals. */
export const anyFleet: fc.Arbitrary<PlanInput> = fleetCase.map(buildInput);

const risks = fc.subarray(['none', 'restart', 'downtime', 'data'] as const, { minLength: 1 });
const types = fc.option(fc.subarray(['production', 'staging', 'development'] as const, { minLength: 1 }));
const hourMs = 3_600_000;

const windowCase = fc.record({
  name: fc.constantFrom('nights', 'sundays'),
  start: fc.record({
    cron: fc.constantFrom('0 2 * * *', '30 2 * * 0', '0 4 1 * *', '*/20 * * * *', '0 0 30 2 *'),
    timezone: fc.constantFrom('Europe/Berlin', 'UTC', 'America/New_York', 'Australia/Lord_Howe'),
  }),
  durationMs: fc.integer({ min: 60_000, max: 5 * hourMs }),
  risks,
  types,
  overrun: fc.constantFrom('finish', 'fit'),
});

const freezeCase = fc
  .record({
    name: fc.constantFrom('holidays', 'campaign'),
    from: fc.integer({ min: -48, max: 48 }),
    hours: fc.integer({ min: 1, max: 24 * 40 }),
    risks,
    types,
  })
  .map(({ from, hours, ...rest }) => {
    const start = Date.parse(testAt) + from * hourMs;
    return { ...rest, from: start, until: start + hours * hourMs };
  });

export const anyMaintenance: fc.Arbitrary<FleetConfig['maintenance']> = fc.record({
  windows: fc.array(windowCase, { maxLength: 2 }),
  freezes: fc.array(freezeCase, { maxLength: 2 }),
});

export const anyApprovals: fc.Arbitrary<FleetConfig['approvals']> = fc.record({
  risks: fc.subarray(['restart', 'downtime', 'data'] as const),
  irreversible: fc.boolean(),
});

/** Any fleet with windows, freezes and approvals. */
export const anyGuardedFleet: fc.Arbitrary<PlanInput> = fc
  .tuple(anyFleet, anyMaintenance, anyApprovals)
  .map(([input, maintenance, approvals]) => withConfig(input, { maintenance, approvals }));

export function withConfig(input: PlanInput, config: Partial<FleetConfig>): PlanInput {
  return { ...input, desired: { ...input.desired, config: { ...input.desired.config, ...config } } };
}

function buildInput(cases: FleetCase): PlanInput {
  const named = cases.environments.map((item, index) => ({ item, name: environmentNames[index] ?? 'x' }));
  const candidates = named.map(({ item, name }) => toDesired(item, name));
  // A manifest that refers to a missing node or environment would be in quarantine.
  const described = candidates.filter((_, index) => {
    const item = cases.environments[index];
    return item?.described === true && !item.quarantined && cases.nodes[item.on]?.described === true;
  });
  const requests = cases.requests.map((request, index) => toRequest(request, index));
  const desired = desiredFleet({
    nodes: nodeNames.flatMap((name, index) => {
      const item = cases.nodes[index];
      if (item?.described !== true) return [];
      return [hetznerNode(name, { state: item.suspended ? 'suspended' : 'active' })];
    }),
    environments: described,
    backupRepositories: [backupRepository()],
    backupPolicies: [backupPolicy()],
    backups: requests.flatMap((request) => request.backup ?? []),
    restores: requests.flatMap((request) => request.restore ?? []),
    promotions: requests.flatMap((request) => request.promotion ?? []),
    config: { deletionBudget: { maxCount: cases.maxCount, maxPercent: 60 } },
    quarantined: named.flatMap(({ item, name }) => (item.quarantined ? [environmentRef(name)] : [])),
    brokenFiles: cases.broken ? ['environments/site-a.yaml'] : [],
  });
  const base = { ...planInput({ desired, observed: observedFleet([]) }), kinds: everyKind };
  const nodes = nodeNames.map((name, index) => {
    const here = candidates.flatMap((environment, at) => {
      const item = cases.environments[at];
      return item?.on === index ? toObserved(base, item, environment, name) : [];
    });
    return withFirewall(cases.nodes[index], withNodeCase(base, cases.nodes[index], name, here));
  });
  const documents = named.flatMap(({ item, name }) => (item.recorded ? [toStatus(item, name)] : []));
  const overs = requests.flatMap(({ done, ref }) =>
    done ? [statusDocument(ref, { appliedRevision: desired.commit })] : [],
  );
  const backups = candidates.flatMap((environment, index) =>
    toRecords(base, cases.environments[index], environment),
  );
  return {
    ...base,
    observed: observedFleet(nodes),
    recorded: { ...recordedFleet([...documents, ...overs]), backups: recordedBackups(...backups) },
  };
}

function toDesired(item: EnvironmentCase, name: string): DesiredEnvironment {
  const base = desiredEnvironment(name);
  return {
    ...base,
    node: (nodeNames[item.on] ?? 'web-1') as NodeName,
    state: item.stopped ? 'stopped' : 'running',
    deletionPolicy: item.policy,
    protected: item.protected,
    type: item.type,
    source: toSource(item.source),
    backups: { policy: item.backedUp ? ('nightly' as BackupPolicyName) : null },
    windowOverride: item.override ? 'a hole must be closed' : null,
  };
}

function toSource(source: EnvironmentCase['source']): DesiredEnvironment['source'] {
  if (source === 'new') return { kind: 'new' };
  if (source === 'backup') return { kind: 'backup', record: 'site-a-1' };
  return { kind: 'clone', environment: source as EnvironmentName };
}

function toRequest({ kind, of, to, done }: RequestCase, index: number) {
  const name = `request-${index}`;
  switch (kind) {
    case 'backup': {
      const backup = backupRequest(name, of);
      return { done, ref: backup.ref, backup };
    }
    case 'promotion': {
      const promotion = promotionRequest(name, of, to === of ? (of === 'site-a' ? 'site-b' : 'site-a') : to);
      return { done, ref: promotion.ref, promotion };
    }
    default: {
      const source =
        kind === 'restore'
          ? ({ kind: 'record', id: `${of}-1` } as const)
          : ({ kind: 'time', at: Date.parse(testAt) } as const);
      const restore = restoreRequest(name, of, source, 'database');
      return { done, ref: restore.ref, restore };
    }
  }
}

function toStatus(item: EnvironmentCase, name: string) {
  return statusDocument(environmentRef(name), {
    node: nodeNames[item.on] ?? null,
    protected: item.protected,
    conditions: [condition('Ready', item.seen === 'retained' ? 'False' : 'True', 'Converged')],
  });
}

const oldWordPress = { version: '7.0' };

function toRecords(
  { desired }: PlanInput,
  item: EnvironmentCase | undefined,
  environment: DesiredEnvironment,
): readonly BackupRecord[] {
  if (item === undefined || item.record === 'none') return [];
  const desiredDigest = converged(desired, environment, observedNode(environment.node)).appliedDigest;
  const verified = item.record === 'unverified' ? { verifiedAt: null, reason: 'final' as const } : {};
  const reason = item.record === 'unverified' ? 'final' : item.record;
  return [backupRecord(environment.name, { reason, appliedDigest: desiredDigest, ...verified })];
}

function toObserved(
  { desired }: PlanInput,
  item: EnvironmentCase,
  environment: DesiredEnvironment,
  node: string,
): ObservedEnvironment[] {
  const seen = observedNode(node);
  const as = (change: Partial<DesiredEnvironment>) => converged(desired, { ...environment, ...change }, seen);
  switch (item.seen) {
    case 'no':
      return [];
    case 'converged':
      return [as({})];
    case 'changed':
      return [as({ title: 'Before' })];
    case 'old-wordpress':
      return [as({ wordpress: { ...environment.wordpress, ...oldWordPress } })];
    case 'other-state':
      return [as({ state: item.stopped ? 'running' : 'stopped' })];
    case 'drifted':
      return [{ ...as({}), driftedFiles: [{ path: '/etc/x', expected: 'a', actual: 'b' }] }];
    case 'incomplete':
      return [{ ...as({}), complete: false, appliedDigest: null }];
    case 'retained':
      return [{ ...as({}), retained: true }];
    case 'foreign':
      return [observedEnvironment(environment.name, { uid: foreignUid })];
    default:
      return item.seen satisfies never;
  }
}

function withFirewall(item: NodeCase | undefined, node: ObservedNode): ObservedNode {
  if (node.server === null || item?.open !== true) return node;
  return { ...node, firewall: [{ field: 'firewall.attached', before: false, after: true }] };
}

function withNodeCase(
  input: PlanInput,
  item: NodeCase | undefined,
  name: string,
  here: readonly ObservedEnvironment[],
): ObservedNode {
  const environments = new Map(here.map((environment) => [environment.name, environment]));
  const described = input.desired.nodes.get(name as NodeName);
  const state = item?.seen ?? 'absent';
  switch (state) {
    case 'absent':
    case 'unknown':
    case 'unreachable':
      return blindNode(name, state);
    case 'unprovisioned':
      return observedNode(name, { state: 'unprovisioned' });
    case 'outdated':
      return observedNode(name, { environments });
    case 'ready':
      return described === undefined
        ? observedNode(name, { environments })
        : { ...provisioned(input, observedNode(name), described), environments };
    default:
      return state satisfies never;
  }
}
