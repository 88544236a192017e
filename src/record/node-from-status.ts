import type { NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet, DesiredNode } from '../fleet/desired.ts';
import { nodeTask } from '../fleet/environment-task.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedNode, ObservedProvider } from '../fleet/observed.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { specWithKnownSecrets } from './applied.ts';
import { isObserved, type NodeObservation } from './observations.ts';
import { readNodeObservation, readServer, text } from './read-details.ts';

/** A node as the last pass saw it, without what lies on it. */
export function nodeFromStatus(
  desired: DesiredFleet,
  recorded: RecordedFleet,
  connections: ReadonlyMap<ProviderName, ObservedProvider>,
  name: NodeName,
): ObservedNode {
  const ref = resourceRef('Node', name);
  const wished = desired.nodes.get(name);
  const status = recorded.status.get(ref);
  if (status === undefined) return neverSeen(name, wished, connections);
  const observation = readNodeObservation(status.details) ?? earlierObservation(status);
  const uid = uidOf(desired.config.fleet, ref);
  const looked = isObserved(observation);
  return {
    ...nothingOf(name),
    state: observation.state,
    reason: observation.reason ?? '',
    message: observation.message ?? '',
    server: observation.state === 'unknown' ? null : readServer(status.details, name, ref, uid),
    ipv4: addressOf(observation, wished, status),
    appliedDigest: looked && observation.provisioned !== false ? status.appliedDigest : null,
    appliedSpec: looked
      ? specWithKnownSecrets(status.applied, () => taskOf(desired, wished), status.uid)
      : null,
    checks: (observation.failing ?? []).map((check) => ({ ...check, ok: false, severity: 'error' })),
  };
}

function addressOf({ state }: NodeObservation, wished: DesiredNode | undefined, { details }: StatusDocument) {
  if (state === 'absent' || state === 'unknown') return null;
  return wished?.kind === 'existing' ? wished.address : text(details.ipv4);
}

function taskOf({ config }: DesiredFleet, node: DesiredNode | undefined) {
  return node === undefined ? undefined : nodeTask(node, config.fleet, config.phpAptSource, null);
}

/** A node that is new: a server is made; a host that exists already waits for its first provisioning. */
function neverSeen(
  name: NodeName,
  wished: DesiredNode | undefined,
  connections: ReadonlyMap<ProviderName, ObservedProvider>,
): ObservedNode {
  const provider = wished === undefined ? undefined : connections.get(wished.provider);
  if (wished?.kind === 'existing')
    return { ...nothingOf(name), state: 'unprovisioned', ipv4: wished.address };
  if (provider?.state === 'degraded') {
    return { ...nothingOf(name), state: 'unknown', reason: 'provider_degraded', message: provider.message };
  }
  return { ...nothingOf(name), reason: 'server_missing', message: 'there is no server' };
}

/** Records that were written before there were sightings: Ready says all that is needed, and anything else too little. */
function earlierObservation({ appliedDigest, conditions }: StatusDocument): NodeObservation {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True' && appliedDigest !== null) return { state: 'ready' };
  return { state: 'unknown', reason: 'provider_degraded', message: ready?.message ?? 'not looked at yet' };
}

function nothingOf(name: NodeName): ObservedNode {
  return {
    name,
    state: 'absent',
    reason: '',
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
