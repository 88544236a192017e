import type { CommitSha, EnvironmentName, NodeName, ProviderName, ResourceRef } from '../fleet/brand.ts';
import { digestOf } from '../fleet/digest.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { Action, ActionKind, Blocked } from '../fleet/plan.ts';
import { resourceRef } from '../fleet/resource.ts';
import { makeAction } from './make-action.ts';
import { act, block, environmentsOn, merge, nothing, type PlanInput, type Planned } from './plan-input.ts';

/** Everything that is ours, is there, and is no longer described by the repository. */
export function planRemovals(input: PlanInput): Planned {
  const environments = [...input.observed.nodes.values()].flatMap((node) =>
    [...node.environments.values()].map((environment) => removeEnvironment(input, node, environment)),
  );
  const gone = merge([...environments, ...unseenEnvironments(input)]);
  const nodes = [...input.observed.nodes.values()].map((node) => removeNode(input, node, gone));
  return withinBudget(input, merge([gone, ...nodes]));
}

function removeEnvironment(input: PlanInput, node: ObservedNode, seen: ObservedEnvironment): Planned {
  const ref = resourceRef('Environment', seen.name);
  if (input.desired.environments.has(seen.name)) return nothing;
  // Only what carries our identity is ours to remove.
  if (seen.uid !== uidOf(input.desired.config.fleet, ref)) return nothing;
  const policy = seen.deletionPolicy ?? 'retain';
  if (policy === 'retain' && seen.retained) return nothing;
  const kind: ActionKind = policy === 'delete' ? 'environment.delete' : 'environment.retain';
  const guard = guardRemoval(input, ref, kind, node.name);
  if (guard !== null) return block(guard);
  return act(environmentRemoval(input.desired.commit, seen.name, node.name, ref, kind));
}

function environmentRemoval(
  commit: CommitSha,
  name: EnvironmentName,
  node: NodeName,
  ref: ResourceRef,
  kind: ActionKind,
): Action {
  const deletes = kind === 'environment.delete';
  return makeAction(commit, {
    id: `${kind}:${name}`,
    kind,
    resource: ref,
    target: { kind: 'environment', environment: name, node },
    reason: 'Removed',
    message: deletes
      ? 'delete the environment with its data'
      : 'take out of service and keep the data (policy retain)',
    cause: null,
    changes: [],
    wish: digestOf({ remove: ref, kind }),
    dependsOn: [],
    exclusive: [`node/${node}`, `environment/${name}`],
    risk: deletes ? 'data' : 'downtime',
    undo: deletes
      ? {
          byRevert: false,
          lost: 'the database and the uploads are deleted and there is no backup yet',
          restorePoint: null,
        }
      : { byRevert: true, lost: null, restorePoint: null },
  });
}

/** Recorded environments whose manifest is gone and whose node cannot be looked at: nothing is concluded. */
function unseenEnvironments(input: PlanInput): readonly Planned[] {
  return [...input.recorded.status.values()].flatMap((status) => {
    if (!status.ref.startsWith('environment/') || status.node === null) return [];
    const name = status.ref.slice('environment/'.length) as EnvironmentName;
    const node = input.observed.nodes.get(status.node as NodeName);
    const visible =
      node !== undefined && ['ready', 'not_ready', 'unprovisioned', 'absent'].includes(node.state);
    if (input.desired.environments.has(name) || input.desired.quarantine.resources.has(status.ref) || visible)
      return [];
    if (node === undefined && isServerGone(input, status.node as NodeName)) return [];
    return [
      block({
        resource: status.ref,
        node: status.node as NodeName,
        kind: 'environment.delete',
        reason: 'node_unreachable',
        message: `its manifest is gone, and node ${status.node} cannot be looked at`,
        nextStep: `Bring node ${status.node} back; until then nothing of ${name} is removed.`,
        needsPerson: false,
        cause: null,
      }),
    ];
  });
}

/** Whether the provider at which a node was made answers, and has no server of it any more: then nothing of it is left. */
function isServerGone({ desired, observed, recorded }: PlanInput, node: NodeName): boolean {
  const ref = resourceRef('Node', node);
  const name = recorded.status.get(ref)?.provider as ProviderName | null | undefined;
  if (name == null || desired.providers.get(name)?.kind !== 'hetzner') return false;
  const provider = observed.providers.get(name);
  const uid = uidOf(desired.config.fleet, ref);
  return provider?.state === 'connected' && !provider.servers.some((server) => server.uid === uid);
}

function removeNode(input: PlanInput, node: ObservedNode, environments: Planned): Planned {
  const ref = resourceRef('Node', node.name);
  if (input.desired.nodes.has(node.name) || node.server === null) return nothing;
  if (node.server.uid !== uidOf(input.desired.config.fleet, ref)) return nothing;
  const guard =
    guardRemoval(input, ref, 'node.delete', node.name) ?? guardNodeData(input, node, ref, environments);
  if (guard !== null) return block(guard);
  const deletions = environments.actions.filter(
    (action) => action.target.kind === 'environment' && action.target.node === node.name,
  );
  const action = makeAction(input.desired.commit, {
    id: `node.delete:${node.name}`,
    kind: 'node.delete',
    resource: ref,
    target: { kind: 'node', node: node.name, provider: null },
    reason: 'Removed',
    message: `delete server ${node.server.name}`,
    cause: null,
    changes: [],
    wish: digestOf({ remove: ref }),
    dependsOn: deletions.map((action) => action.id),
    exclusive: [`node/${node.name}`],
    risk: 'data',
    undo: {
      byRevert: false,
      lost: 'the server and its disk are deleted; a revert makes a new and empty one',
      restorePoint: null,
    },
  });
  return act(action);
}

/** A node goes only when it was looked at and every environment on it goes too. */
function guardNodeData(
  input: PlanInput,
  node: ObservedNode,
  ref: ResourceRef,
  environments: Planned,
): Blocked | null {
  const used = environmentsOn(input.desired, node.name).map((environment) => environment.name);
  const deleted = new Set(
    environments.actions
      .filter((action) => action.kind === 'environment.delete')
      .map((action) => action.resource),
  );
  const kept = [...node.environments.keys()].filter((name) => !deleted.has(resourceRef('Environment', name)));
  const looked = node.state === 'ready' || node.state === 'not_ready' || node.state === 'unprovisioned';
  const neverUsed = ![...input.recorded.status.values()].some((status) => status.node === node.name);
  if (used.length === 0 && kept.length === 0 && (looked || neverUsed)) return null;
  const names = [...new Set([...used, ...kept])];
  return {
    resource: ref,
    node: node.name,
    kind: 'node.delete',
    reason: names.length > 0 ? 'node_in_use' : 'node_unreachable',
    message:
      names.length > 0
        ? `node ${node.name} still holds ${names.join(', ')}`
        : `node ${node.name} cannot be looked at, so it is unknown what would be lost`,
    nextStep:
      names.length > 0
        ? 'Remove these environments with deletionPolicy: delete first, or bring the node manifest back.'
        : 'Bring the node back so that it can be looked at, or delete the server by hand at the provider.',
    needsPerson: true,
    cause: null,
  };
}

/** Protection and broken manifests hold a removal back. Both are read from what was applied, so removing the file bypasses neither. */
function guardRemoval(input: PlanInput, ref: ResourceRef, kind: ActionKind, node: NodeName): Blocked | null {
  const status = input.recorded.status.get(ref);
  const { files, resources } = input.desired.quarantine;
  // Without a record of its file, any broken file may be the one that describes it.
  const mayBeBroken = files.size > 0 && (status === undefined || files.has(status.sourceFile));
  if (resources.has(ref) || mayBeBroken) {
    return {
      resource: ref,
      node,
      kind,
      reason: 'quarantined',
      message: `held back: ${status?.sourceFile ?? 'a manifest that may describe it'} is broken`,
      nextStep: 'Mend the manifest: `pressluft validate` shows where.',
      needsPerson: true,
      cause: null,
    };
  }
  if (status?.protected === true) {
    return {
      resource: ref,
      node,
      kind,
      reason: 'protected',
      message: `${ref} was applied with protected: true`,
      nextStep: 'Bring the manifest back with protected: false, let it be applied, then remove it.',
      needsPerson: true,
      cause: null,
    };
  }
  return null;
}

/** More deletions at once than the budget allows are all held back until a commit raises it. */
function withinBudget(input: PlanInput, planned: Planned): Planned {
  const deletions = planned.actions.filter(
    (action) => action.kind === 'environment.delete' || action.kind === 'node.delete',
  );
  const { maxCount, maxPercent } = input.desired.config.deletionBudget;
  const total = sizeOf(input);
  // One deletion is always within the share, or small fleets could never delete anything.
  const overShare = deletions.length > 1 && deletions.length * 100 > maxPercent * total;
  if (deletions.length <= maxCount && !overShare) return planned;
  const held = deletions.map(
    (action): Blocked => ({
      resource: action.resource,
      node: action.target.node,
      kind: action.kind,
      reason: 'deletion_budget',
      message: `${deletions.length} deletions of ${total} resources exceed the budget (at most ${maxCount}, ${maxPercent} %)`,
      nextStep:
        'If all of them are meant: raise spec.deletionBudget in pressluft.yaml in a commit, and lower it again later.',
      needsPerson: true,
      cause: null,
    }),
  );
  const heldIds = new Set(deletions.map((action) => action.id));
  return {
    actions: planned.actions.filter((action) => !heldIds.has(action.id)),
    blocked: [...planned.blocked, ...held],
  };
}

/** Nodes and environments that are described or there. Creating what is described does not change it, so that a pass cannot raise its own budget. */
function sizeOf({ desired, observed }: PlanInput): number {
  const nodes = new Set([...desired.nodes.keys(), ...observed.nodes.keys()]);
  const seen = [...observed.nodes.values()].flatMap((node) => [...node.environments.keys()]);
  return nodes.size + new Set([...desired.environments.keys(), ...seen]).size;
}
