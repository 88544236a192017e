import type { ResourceRef } from '../fleet/brand.ts';
import { digestOf } from '../fleet/digest.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedNode } from '../fleet/observed.ts';
import type { Action } from '../fleet/plan.ts';
import { resourceRef } from '../fleet/resource.ts';
import { because } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';
import { makeAction } from './make-action.ts';
import { act, block, merge, nothing, type Planned } from './plan-input.ts';
import { formerFileOf, guardRemoval } from './removal-guards.ts';
import { removeEnvironment } from './remove-environment.ts';
import { lost } from './undo.ts';
import { unobservedEnvironments } from './unobserved-environments.ts';

/** Plans removals: resources that belong to this fleet, exist, and have no manifest any more. */
export function planRemovals(view: FleetView): Planned {
  const nodes = [...view.observed.nodes.values()].map((node) => {
    const environments = merge(
      [...node.environments.values()].map((environment) => removeEnvironment(view, node, environment)),
    );
    return merge([environments, removeNode(view, node, environments)]);
  });
  return merge([...nodes, ...unobservedEnvironments(view)]);
}

function removeNode(view: FleetView, node: ObservedNode, environments: Planned): Planned {
  const ref = resourceRef('Node', node.name);
  if (view.desired.nodes.has(node.name) || node.server === null) return nothing;
  if (node.server.uid !== uidOf(view.desired.config.fleet, ref)) return unlabelled(node, ref);
  const { id, name, serverType } = node.server;
  const action = makeAction(view, {
    id: `node.delete:${node.name}`,
    kind: 'node.delete',
    resource: ref,
    target: { kind: 'node', node: node.name, provider: null },
    reason: 'Removed',
    message: `delete server ${name}`,
    cause: null,
    formerFile: formerFileOf(view, ref),
    changes: [],
    desiredDigest: digestOf({ remove: ref }),
    dependsOn: environments.actions.map((removal) => removal.id).sort(),
    exclusive: [`node/${node.name}`],
    undo: lost('the server and its disk are deleted; a revert creates a new, empty one'),
    found: { server: id, serverType },
  });
  return guardRemoval(view, action, false) ?? guardNodeData(view, node, action, environments) ?? act(action);
}

/** A recorded server that exists without its labels is not deleted, and its record is kept. */
function unlabelled({ name, identity }: ObservedNode, ref: ResourceRef): Planned {
  if (identity == null) return nothing;
  const { reason, message, nextStep } = identity;
  const forget = `If it is not a node of this fleet any more, delete status/${ref}.yaml on the status branch.`;
  const kind = 'node.delete';
  return block({
    resource: ref,
    node: name,
    kind,
    ...because(reason, `its manifest is gone, and ${message}`, `${nextStep} ${forget}`),
    cause: null,
  });
}

/** A node is deleted only if it was observed and all environments on it are deleted as well. */
function guardNodeData(
  view: FleetView,
  node: ObservedNode,
  action: Action,
  environments: Planned,
): Planned | null {
  const used = view.environmentsOn(node.name).map((environment) => environment.name);
  const deleted = new Set(
    environments.actions
      .filter((removal) => removal.kind === 'environment.delete')
      .map((removal) => removal.resource),
  );
  const kept = [...node.environments.keys()].filter((name) => !deleted.has(resourceRef('Environment', name)));
  const isObserved = node.state === 'ready' || node.state === 'not_ready' || node.state === 'unprovisioned';
  // An unreachable node is deleted only if its creation was never completed: without that proof it may hold data that no record names any more.
  const wasNode = node.reason !== 'CreateInterrupted' || view.wasUsed(node.name);
  if (used.length === 0 && kept.length === 0 && (isObserved || !wasNode)) return null;
  const names = [...new Set([...used, ...kept])].sort();
  const about = { resource: action.resource, node: node.name, kind: action.kind, cause: null, action };
  if (names.length === 0) {
    return block({
      ...about,
      reason: 'NodeUnreachable',
      message: 'it cannot be reached, so it is unknown what would be lost',
      nextStep: 'Bring the node back, or delete the server by hand at the provider.',
      needsPerson: true,
    });
  }
  const leaving = new Set(
    environments.blocked
      .filter((item) => item.kind === 'environment.delete' && !item.needsPerson)
      .map((item) => item.resource),
  );
  // Once their final backups are verified these are deleted automatically, and the node after them.
  const waits = used.length === 0 && kept.every((name) => leaving.has(resourceRef('Environment', name)));
  return block({
    ...about,
    reason: 'NodeInUse',
    message: `it still has the environments ${names.join(', ')}`,
    nextStep: waits
      ? 'No action needed; it is deleted once these are backed up and deleted.'
      : 'Remove these environments with deletionPolicy: delete first, or bring the node manifest back.',
    needsPerson: !waits,
  });
}
