import type { DesiredEnvironment } from '../fleet/desired.ts';
import { digestOf } from '../fleet/digest.ts';
import { environmentTask, taskDigest, withoutUrls } from '../fleet/environment-task.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { Action, ActionId, ActionKind, Blocked, FieldChange } from '../fleet/plan.ts';
import { causeOf } from './cause.ts';
import { fieldChanges, riskOf } from './field-changes.ts';
import { makeAction } from './make-action.ts';
import { act, block, locationsOf, nothing, type PlanInput, type Planned } from './plan-input.ts';

/** Bringing one desired environment to its wished state, after what is planned for its node. */
export function planEnvironment(
  input: PlanInput,
  environment: DesiredEnvironment,
  nodeActions: readonly Action[],
  nodeBlocked: readonly Blocked[],
): Planned {
  const elsewhere = locationsOf(input.observed, environment.name).find(
    (place) => place.node.name !== environment.node && place.environment.uid === environment.uid,
  );
  // Its data is on another node; a fresh and empty copy here would look like a loss.
  if (elsewhere !== undefined) return block(movedElsewhere(input, environment, elsewhere.node));

  const node = input.observed.nodes.get(environment.node);
  const held = nodeBlocked[0];
  if (held !== undefined) return block(waitsForNode(input, environment, held));
  const dependsOn = nodeActions.map((action) => action.id);
  if (node?.ipv4 == null) {
    return act(converge(input, environment, undefined, 'Missing', [], dependsOn));
  }
  return planOnNode(input, environment, node, node.ipv4, dependsOn);
}

function planOnNode(
  input: PlanInput,
  environment: DesiredEnvironment,
  node: ObservedNode,
  ipv4: string,
  dependsOn: readonly ActionId[],
): Planned {
  const seen = node.environments.get(environment.name);
  const task = environmentTask(environment, ipv4, input.desired.config.previewDomain);
  const wish = taskDigest(task, input.contentVersion);
  const step = (reason: string, changes: readonly FieldChange[], kind: ActionKind = 'environment.converge') =>
    act(converge(input, environment, seen, reason, changes, dependsOn, kind));

  if (seen === undefined) return step('Missing', []);
  // The record on the node names another owner: another fleet shares the machine.
  if (seen.uid !== null && seen.uid !== environment.uid) return block(foreign(input, environment, node));
  if (!seen.complete) return step('Incomplete', []);
  if (seen.retained) return step('Returned', []);
  if (seen.appliedDigest !== wish) {
    const changes = fieldChanges(seen.appliedSpec ?? {}, withoutUrls(task));
    const onlyState = changes.length === 1 && changes[0]?.field === 'state';
    if (onlyState) {
      return step(
        'StateChanged',
        changes,
        environment.state === 'stopped' ? 'environment.stop' : 'environment.start',
      );
    }
    return step(changes.length === 0 ? 'ContentChanged' : 'SpecChanged', changes);
  }
  const drift = driftOf(seen);
  if (drift !== null) return step('Drifted', drift);
  return input.force === true ? step('Forced', []) : nothing;
}

/** Facts that differ from what was applied, as field changes back to the applied value. */
export function driftOf(seen: ObservedEnvironment): readonly FieldChange[] | null {
  const changes = [
    ...seen.driftedFiles.map(({ path, expected, actual }) => ({
      field: `file:${path}`,
      before: actual,
      after: expected,
    })),
    ...seen.failedServices.map((service) => ({
      field: `service:${service}`,
      before: 'inactive',
      after: 'active',
    })),
  ];
  return changes.length === 0 ? null : changes;
}

const words: Readonly<Record<string, string>> = {
  Missing: 'create the environment',
  Incomplete: 'finish an interrupted change',
  Returned: 'put back into service with its retained data',
  SpecChanged: 'apply the changed manifest',
  ContentChanged: 'apply the new version of the node configuration',
  Drifted: 'put back what was changed on the node',
  StateChanged: 'switch state',
  Forced: 'apply again as an operator asked',
};

function converge(
  input: PlanInput,
  environment: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
  reason: string,
  changes: readonly FieldChange[],
  dependsOn: readonly ActionId[],
  kind: ActionKind = 'environment.converge',
): Action {
  const { risk, downtimeSeconds } =
    seen === undefined ? { risk: 'none' as const, downtimeSeconds: 0 } : riskOf(changes);
  return makeAction(input.desired.commit, {
    id: `${kind}:${environment.name}`,
    kind,
    resource: environment.ref,
    target: { kind: 'environment', environment: environment.name, node: environment.node },
    reason,
    message:
      kind === 'environment.converge' ? (words[reason] ?? reason) : `${kind.slice(12)} the environment`,
    cause: causeOf(input.desired, environment.ref, reason === 'Drifted' ? [] : changes),
    changes,
    // Of the manifest, not of the task: a new address of the node is no new wish.
    wish: digestOf({ environment, contentVersion: input.contentVersion }),
    dependsOn,
    exclusive: [`node/${environment.node}`, `environment/${environment.name}`],
    risk,
    downtime: { seconds: downtimeSeconds, basis: downtimeSeconds > 0 ? 'assumed' : 'none', samples: 0 },
  });
}

function waitsForNode(input: PlanInput, environment: DesiredEnvironment, held: Blocked): Blocked {
  const unreachable = input.observed.nodes.get(environment.node)?.state === 'unreachable';
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    reason: unreachable
      ? 'node_unreachable'
      : held.reason === 'provider_degraded'
        ? 'provider_degraded'
        : 'node_not_ready',
    message: `node ${environment.node}: ${held.message}`,
    nextStep: held.nextStep,
    needsPerson: held.needsPerson,
    cause: causeOf(input.desired, environment.ref),
  };
}

function movedElsewhere(input: PlanInput, environment: DesiredEnvironment, node: ObservedNode): Blocked {
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    reason: 'move_unsupported',
    message: `${environment.name} lives on node ${node.name}, and the manifest now names ${environment.node}`,
    nextStep: `Set spec.node back to ${node.name}; moving an environment between nodes is not supported yet.`,
    needsPerson: true,
    cause: input.desired.locate(environment.ref, '/spec/node') ?? null,
  };
}

function foreign(input: PlanInput, environment: DesiredEnvironment, node: ObservedNode): Blocked {
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    reason: 'ownership_mismatch',
    message: `an environment named ${environment.name} exists on ${node.name} and belongs to another fleet`,
    nextStep: 'Choose another name or another node; Pressluft touches nothing that it does not own.',
    needsPerson: true,
    cause: causeOf(input.desired, environment.ref),
  };
}
