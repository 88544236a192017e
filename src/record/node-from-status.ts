import type { NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet, DesiredNode } from '../fleet/desired.ts';
import { nodeTask } from '../fleet/environment-task.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedNode, ObservedProvider } from '../fleet/observed.ts';
import { reasons } from '../fleet/reasons.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { specWithKnownSecrets } from './applied.ts';
import {
  isObserved,
  type NodeDetails,
  type NodeObservation,
  nodeDetailsOf,
  serverOf,
} from './status/node-details.ts';

/** A node as the last pass observed it, without its environments. */
export function nodeFromStatus(
  desired: DesiredFleet,
  recorded: RecordedFleet,
  connections: ReadonlyMap<ProviderName, ObservedProvider>,
  name: NodeName,
): ObservedNode {
  const ref = resourceRef('Node', name);
  const desiredNode = desired.nodes.get(name);
  const status = recorded.status.get(ref);
  if (status === undefined) return neverSeen(name, desiredNode, connections);
  const details = nodeDetailsOf(status);
  const observation = details.observed ?? earlierObservation(status);
  const uid = uidOf(desired.config.fleet, ref);
  const wasObserved = isObserved(observation);
  return {
    ...nothingOf(name),
    state: observation.state,
    reason: observation.reason,
    message: observation.message,
    server: hasServer(observation) ? serverOf(details, name, ref, uid) : null,
    ipv4: addressOf(observation, desiredNode, details),
    appliedDigest: wasObserved && observation.provisioned ? status.appliedDigest : null,
    appliedSpec: wasObserved
      ? specWithKnownSecrets(status.applied, () => taskOf(desired, desiredNode), status.uid)
      : null,
    ...(observation.firewall === undefined ? {} : { firewall: observation.firewall }),
    ...(observation.identity === undefined ? {} : { identity: observation.identity }),
    checks: observation.failing.map((check) => ({ ...check, ok: false, severity: 'error' })),
  };
}

/** The record of a server that is gone names it still. */
function hasServer({ state, reason }: NodeObservation): boolean {
  return state !== 'unknown' && (state !== 'absent' || reason === 'CreateInterrupted');
}

function addressOf(
  { state, identity }: NodeObservation,
  desiredNode: DesiredNode | undefined,
  { ipv4 }: NodeDetails,
) {
  if (state === 'absent' || state === 'unknown') return null;
  // The recorded address stays the former one until the new one is accepted.
  if (identity?.reason === 'ServerAddressChanged') return identity.after;
  return desiredNode?.kind === 'existing' ? desiredNode.address : ipv4;
}

function taskOf({ config }: DesiredFleet, node: DesiredNode | undefined) {
  return node === undefined ? undefined : nodeTask(node, config.fleet, config.phpAptSource, null);
}

/** A new node: absent for a server, unprovisioned for an existing host. */
function neverSeen(
  name: NodeName,
  desiredNode: DesiredNode | undefined,
  connections: ReadonlyMap<ProviderName, ObservedProvider>,
): ObservedNode {
  const provider = desiredNode === undefined ? undefined : connections.get(desiredNode.provider);
  if (desiredNode?.kind === 'existing')
    return { ...nothingOf(name), state: 'unprovisioned', ipv4: desiredNode.address };
  if (provider?.state === 'degraded') {
    return { ...nothingOf(name), state: 'unknown', reason: 'ProviderDegraded', message: provider.message };
  }
  return { ...nothingOf(name), reason: 'ServerMissing', message: reasons.ServerMissing.message };
}

/** Records of the first versions have no observation: Ready is sufficient, any other state is not. */
function earlierObservation({ appliedDigest, conditions }: StatusDocument): NodeObservation {
  const ready = conditions.find(({ type }) => type === 'Ready');
  const nothing = { reason: null, message: '', provisioned: true, failing: [], orphans: [] };
  if (ready?.status === 'True' && appliedDigest !== null) return { ...nothing, state: 'ready' };
  const message = ready?.message ?? reasons.Unknown.message;
  return { ...nothing, state: 'unknown', reason: 'ProviderDegraded', message };
}

function nothingOf(name: NodeName): ObservedNode {
  return {
    name,
    state: 'absent',
    reason: null,
    message: '',
    server: null,
    ipv4: null,
    appliedDigest: null,
    appliedSpec: null,
    facts: null,
    checks: [],
    environments: new Map(),
  };
}
