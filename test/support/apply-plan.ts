import { supported } from '../../src/actions/carries-out.ts';
import type { EnvironmentName } from '../../src/fleet/brand.ts';
import type { DesiredEnvironment, DesiredFleet, DesiredNode } from '../../src/fleet/desired.ts';
import { environmentTask, nodeTask, taskDigest, withoutUrls } from '../../src/fleet/environment-task.ts';
import type { ObservedEnvironment, ObservedFleet, ObservedNode } from '../../src/fleet/observed.ts';
import type { Action, Plan } from '../../src/fleet/plan.ts';
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
  readonly supported?: PlanInput['supported'];
}): PlanInput {
  return {
    desired: parts.desired,
    observed: parts.observed,
    recorded: parts.recorded ?? recordedFleet(),
    contentVersion: testContentVersion,
    now: parts.now ?? Date.parse(testAt),
    supported: parts.supported ?? supported,
  };
}

/** What would be observed once every action of a plan has succeeded, one by one in its order. Pure. */
export function applyPlan(input: PlanInput, plan: Plan): ObservedFleet {
  return afterPlan(input, plan).observed;
}

/** What would be observed and recorded once every action of a plan has succeeded, one by one in its order. Pure. */
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
  const node = nodes.get(name) ?? observedNode(name);
  switch (action.kind) {
    case 'node.create': {
      const created = {
        state: 'unprovisioned',
        server: observedServer(name),
        ipv4: addressOf(name),
      } as const;
      nodes.set(name, { ...node, ...created });
      break;
    }
    case 'node.provision':
      nodes.set(name, provisioned(input, node, must(input.desired.nodes.get(name))));
      break;
    case 'node.delete':
      nodes.delete(name);
      break;
    case 'backup.create':
      must(node.environments.get(must(environmentOf(action))));
      break;
    default:
      nodes.set(name, { ...node, environments: applyToEnvironments(input, node, action) });
  }
  return { ...input.observed, nodes };
}

function environmentOf({ target }: Action): EnvironmentName | undefined {
  return target.kind === 'environment' ? target.environment : undefined;
}

function applyToEnvironments(
  input: PlanInput,
  node: ObservedNode,
  action: Action,
): ReadonlyMap<EnvironmentName, ObservedEnvironment> {
  const name = must(environmentOf(action));
  const environments = new Map(node.environments);
  switch (action.kind) {
    case 'environment.delete':
      environments.delete(name);
      break;
    case 'environment.retain':
      environments.set(name, { ...must(environments.get(name)), retained: true });
      break;
    default:
      // A request works on what is there; everything else leaves an environment as its manifest wishes.
      if (action.reason === 'Requested') must(environments.get(name));
      else environments.set(name, converged(input.desired, must(input.desired.environments.get(name)), node));
  }
  return environments;
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
  const name = must(environmentOf(action));
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
  const [wpCli] = Object.entries(artifacts.wpCli).map(([version, artifact]) => ({ version, ...artifact }));
  return {
    ...node,
    state: 'ready',
    reason: '',
    message: '',
    ipv4: node.ipv4 ?? addressOf(node.name),
    checks: [],
    appliedDigest: desiredDigestOf(input, desired),
    appliedSpec: withoutUrls(nodeTask(desired, fleet, phpAptSource, wpCli ?? null)) as Record<
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

/** The fleet as it is once everything desired was applied. */
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
