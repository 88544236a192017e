import { actionKinds } from '../../src/actions/index.ts';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment, DesiredFleet, DesiredNode } from '../../src/fleet/desired.ts';
import {
  environmentTask,
  nodeTask,
  pinnedWpCli,
  taskDigest,
  withoutUrls,
} from '../../src/fleet/environment-task.ts';
import type { ObservedEnvironment, ObservedFleet, ObservedNode } from '../../src/fleet/observed.ts';
import type { Action, ActionKind, Plan } from '../../src/fleet/plan.ts';
import type { BackupReason, RecordedFleet } from '../../src/fleet/recorded.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import { desiredDigestOf } from '../../src/plan/plan-nodes.ts';
import { backupRecord } from './backup-builders.ts';
import {
  addressOf,
  condition,
  observedEnvironment,
  observedNode,
  observedServer,
  recordedFleet,
  statusDocument,
  testAt,
  testContentVersion,
  testLater,
} from './fleet-builders.ts';

export function planInput(parts: {
  readonly desired: DesiredFleet;
  readonly observed: ObservedFleet;
  readonly recorded?: PlanInput['recorded'];
  readonly now?: number;
  readonly kinds?: PlanInput['kinds'];
}): PlanInput {
  return {
    desired: parts.desired,
    observed: parts.observed,
    recorded: parts.recorded ?? recordedFleet(),
    contentVersion: testContentVersion,
    now: parts.now ?? Date.parse(testAt),
    kinds: parts.kinds ?? actionKinds,
  };
}

/** The observation after every action of a plan has succeeded, one by one in order. Pure. */
export function applyPlan(input: PlanInput, plan: Plan): ObservedFleet {
  return afterPlan(input, plan).observed;
}

/** The observation and the records after every action of a plan has succeeded, one by one in order. Pure. */
export function afterPlan(input: PlanInput, plan: Plan): PlanInput {
  const done = new Set<string>();
  let current = input;
  for (const action of plan.actions) {
    const missing = action.dependsOn.filter((id) => !done.has(id));
    if (missing.length > 0) throw new Error(`${action.id} comes before ${missing.join(', ')}`);
    done.add(action.id);
    current = {
      ...current,
      observed: applyAction(current, action),
      recorded: recordAction(current, action),
    };
  }
  return current;
}

function applyAction(input: PlanInput, action: Action): ObservedFleet {
  const name = action.target.node;
  const nodes = new Map(input.observed.nodes);
  const changed = effects[action.kind](input, nodes.get(name) ?? observedNode(name), action);
  if (changed === null) nodes.delete(name);
  else nodes.set(name, changed);
  return { ...input.observed, nodes };
}

type Effect = (input: PlanInput, node: ObservedNode, action: Action) => ObservedNode | null;

/** State of a node after a successful action of each kind; null when it is deleted. */
const effects: { readonly [K in ActionKind]: Effect } = {
  'node.create': (_, node) => ({
    ...node,
    state: 'unprovisioned',
    server: observedServer(node.name),
    ipv4: addressOf(node.name),
  }),
  'node.provision': (input, node) => provisioned(input, node, must(input.desired.nodes.get(node.name))),
  'node.firewall': (_, { firewall: _firewall, ...node }) => node,
  'node.delete': () => null,
  'environment.converge': asDesired,
  'environment.stop': asDesired,
  'environment.start': asDesired,
  'environment.clone': asDesired,
  'environment.promote': asDesired,
  'backup.restore': asDesired,
  'environment.retain': (_, node, action) =>
    withEnvironment(node, action, { ...must(seenOf(node, action)), retained: true }),
  'environment.delete': (_, node, action) => withEnvironment(node, action, null),
  'backup.create': (_, node, action) => withEnvironment(node, action, must(seenOf(node, action))),
};

/** A request keeps the applied state; every other action leaves an environment as its manifest describes it. */
function asDesired(input: PlanInput, node: ObservedNode, action: Action): ObservedNode {
  if (action.reason === 'Requested') return withEnvironment(node, action, must(seenOf(node, action)));
  const desired = must(input.desired.environments.get(environmentOf(action)));
  return withEnvironment(node, action, converged(input.desired, desired, node));
}

function withEnvironment(
  node: ObservedNode,
  action: Action,
  environment: ObservedEnvironment | null,
): ObservedNode {
  const environments = new Map(node.environments);
  if (environment === null) environments.delete(environmentOf(action));
  else environments.set(environmentOf(action), environment);
  return { ...node, environments };
}

function seenOf(node: ObservedNode, action: Action): ObservedEnvironment | undefined {
  return node.environments.get(environmentOf(action));
}

function environmentOf({ target }: Action): EnvironmentName {
  return must(target.kind === 'environment' ? target.environment : undefined);
}

function recordAction(input: PlanInput, action: Action): RecordedFleet {
  const { recorded, desired } = input;
  const status = new Map(recorded.status);
  const documentOf = () => status.get(action.resource) ?? statusDocument(action.resource);
  if (action.reason === 'Requested') {
    status.set(action.resource, { ...documentOf(), appliedRevision: desired.commit });
  }
  if (action.kind === 'environment.retain') {
    const retained = condition('Ready', 'False', 'Retained');
    status.set(action.resource, { ...documentOf(), node: action.target.node, conditions: [retained] });
  }
  if (action.kind !== 'backup.create') return { ...recorded, status };
  const name = environmentOf(action);
  const seen = must(input.observed.nodes.get(action.target.node)?.environments.get(name));
  const own = recorded.backups.get(name) ?? [];
  const record = backupRecord(name, {
    id: `backup-${action.id.replaceAll(/[^a-z0-9]/g, '-')}`,
    reason: backupReasons[action.reason] ?? 'requested',
    commit: desired.commit,
    appliedDigest: seen.appliedDigest,
    takenAt: testLater,
    verifiedAt: testLater,
  });
  return { ...recorded, status, backups: new Map([...recorded.backups, [name, [record, ...own]]]) };
}

const backupReasons: Readonly<Record<string, BackupReason>> = {
  RestorePoint: 'restore-point',
  FinalBackup: 'final',
  Requested: 'requested',
};

/** The node as `node-provision` leaves it: ready, with the digest of what is desired, its environments untouched. */
export function provisioned(input: PlanInput, node: ObservedNode, desired: DesiredNode): ObservedNode {
  const { fleet, phpAptSource, artifacts } = input.desired.config;
  return {
    ...node,
    state: 'ready',
    reason: null,
    message: '',
    ipv4: node.ipv4 ?? addressOf(node.name),
    checks: [],
    appliedDigest: desiredDigestOf(input, desired),
    appliedSpec: withoutUrls(nodeTask(desired, fleet, phpAptSource, pinnedWpCli(artifacts))) as Record<
      string,
      unknown
    >,
  };
}

/** An environment as `environment-converge` leaves it. */
export function converged(
  desired: DesiredFleet,
  environment: DesiredEnvironment,
  node: Pick<ObservedNode, 'name' | 'ipv4'>,
): ObservedEnvironment {
  const ipv4 = node.ipv4 ?? addressOf(node.name);
  const task = environmentTask(environment, ipv4, desired.config.previewDomain);
  return observedEnvironment(environment.name, {
    uid: environment.uid,
    state: environment.state,
    deletionPolicy: environment.deletionPolicy,
    appliedDigest: taskDigest(task, testContentVersion),
    appliedSpec: withoutUrls(task) as Record<string, unknown>,
  });
}

/** The fleet after everything desired was applied. */
export function convergedFleet(desired: DesiredFleet): ObservedFleet {
  const empty: ObservedFleet = { providers: new Map(), nodes: new Map() };
  const input = planInput({ desired, observed: empty });
  const nodes = [...desired.nodes.values()].map((node) => {
    const seen = provisioned(input, observedNode(node.name), node);
    const own = [...desired.environments.values()].filter((environment) => environment.node === node.name);
    const environments = new Map(
      own.map((environment) => [environment.name, converged(desired, environment, seen)]),
    );
    return [node.name, { ...seen, environments }] as const;
  });
  return { ...empty, nodes: new Map(nodes) };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the plan names something that is not there');
  return value;
}
