import type { EnvironmentName, NodeName, ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { environmentTask } from '../fleet/environment-task.ts';
import { uidOf } from '../fleet/naming.ts';
import type {
  ObservedEnvironment,
  ObservedFleet,
  ObservedNode,
  ObservedProvider,
  ObservedServer,
} from '../fleet/observed.ts';
import { isProviderReason, reasons } from '../fleet/reasons.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import { specWithKnownSecrets } from './applied.ts';
import { nodeFromStatus } from './node-from-status.ts';
import { readOffer } from './recorded-offer.ts';
import { type EnvironmentObservation, environmentDetailsOf, ownerOf } from './status/environment-details.ts';
import { isObserved, nodeDetailsOf } from './status/node-details.ts';

/**
 * The observation of the last pass, restored from its records: a plan from it equals the plan of that pass. Resources
 * without a record count as absent, and can be created. Pure.
 */
export function observedFromStatus(desired: DesiredFleet, recorded: RecordedFleet): ObservedFleet {
  const documents = [...recorded.status.values()];
  const here = environmentsByNode(documents);
  const connections = new Map(
    [...desired.providers.keys()].map((name) => [name, providerFromStatus(name, recorded)]),
  );
  const nodes = nodesToLookAt(desired, recorded, connections).map((name) => {
    const node = nodeFromStatus(desired, recorded, connections, name);
    if (!isObserved(node)) return node;
    const status = recorded.status.get(resourceRef('Node', name));
    const found = [
      ...(here.get(name) ?? []).flatMap((document) => environmentFromStatus(desired, node, document)),
      ...orphansOf(desired, node, status),
    ].sort((a, b) => (a.name < b.name ? -1 : 1));
    return { ...node, environments: new Map(found.map((environment) => [environment.name, environment])) };
  });
  return {
    providers: new Map(
      [...connections].map(([name, provider]) => [
        name,
        { ...provider, servers: serversOf(name, provider, nodes, recorded, desired) },
      ]),
    ),
    nodes: new Map(nodes.map((node) => [node.name, node])),
  };
}

function environmentsByNode(
  documents: readonly StatusDocument[],
): ReadonlyMap<string, readonly StatusDocument[]> {
  const environments = documents.filter(({ ref, node }) => ref.startsWith('environment/') && node !== null);
  return Map.groupBy(environments, ({ node }) => node ?? '');
}

function providerFromStatus(name: ProviderName, { status }: RecordedFleet): ObservedProvider {
  const document = status.get(resourceRef('Provider', name));
  const found = document?.conditions.find((condition) => condition.type === 'Ready');
  const serverTypes = readOffer(document?.details.serverTypes)?.serverTypes ?? null;
  const base = { name, servers: [], serverTypes };
  if (found === undefined) {
    return { ...base, state: 'connected', reason: 'NotRecorded', message: reasons.NotRecorded.message };
  }
  const state = found.status === 'True' ? 'connected' : 'degraded';
  const reason = isProviderReason(found.reason) ? found.reason : 'UnknownReason';
  return { ...base, state, reason, message: found.message };
}

/** The nodes that a pass observes: those with a manifest, and servers of this fleet without one. */
function nodesToLookAt(
  desired: DesiredFleet,
  recorded: RecordedFleet,
  connections: ReadonlyMap<ProviderName, ObservedProvider>,
): readonly NodeName[] {
  const orphans = [...recorded.status.values()].flatMap((document) => {
    const parsed = parseResourceRef(document.ref);
    if (parsed?.kind !== 'Node' || nodeDetailsOf(document).server === null) return [];
    const name = parsed.name as NodeName;
    if (desired.nodes.has(name) || desired.quarantine.resources.has(document.ref)) return [];
    // Only a provider that answers can list servers without a manifest.
    const provider =
      document.provider === null ? undefined : connections.get(document.provider as ProviderName);
    return document.provider === null || provider?.state === 'connected' ? [name] : [];
  });
  return [...desired.nodes.keys(), ...orphans];
}

function serversOf(
  name: ProviderName,
  { state }: ObservedProvider,
  nodes: readonly ObservedNode[],
  recorded: RecordedFleet,
  desired: DesiredFleet,
): readonly ObservedServer[] {
  if (state === 'degraded') return [];
  return nodes.flatMap(({ name: node, server }) => {
    const provider =
      desired.nodes.get(node)?.provider ?? recorded.status.get(resourceRef('Node', node))?.provider;
    return server !== null && provider === name ? [server] : [];
  });
}

function environmentFromStatus(
  desired: DesiredFleet,
  { ipv4 }: ObservedNode,
  document: StatusDocument,
): readonly ObservedEnvironment[] {
  const name = document.ref.slice('environment/'.length) as EnvironmentName;
  const details = environmentDetailsOf(document);
  const observation = details.observed ?? earlierObservation(document);
  if (observation === null) return [];
  return [
    {
      ...environmentFrom(desired, name, observation),
      appliedDigest: observation.complete ? document.appliedDigest : null,
      appliedSpec: specOf(desired, name, ipv4, document.applied),
      wordpressVersion: details.wordpressVersion,
      phpVersion: details.phpVersion,
      plugins: details.plugins,
      http: details.http === null ? null : { status: details.http, ms: null, message: '' },
    },
  ];
}

function specOf(
  { config, environments }: DesiredFleet,
  name: EnvironmentName,
  ipv4: string | null,
  applied: StatusDocument['applied'],
) {
  const task = () => {
    const desired = environments.get(name);
    return desired === undefined || ipv4 === null
      ? undefined
      : environmentTask(desired, ipv4, config.previewDomain);
  };
  return specWithKnownSecrets(applied, task, uidOf(config.fleet, resourceRef('Environment', name)));
}

/** Records of the first versions have no observation: an applied environment counts as present. */
function earlierObservation({
  appliedDigest,
  conditions,
  details,
}: StatusDocument): EnvironmentObservation | null {
  if (appliedDigest === null || 'observed' in details) return null;
  const reason = conditions.find(({ type }) => type === 'Ready')?.reason;
  return {
    state: reason === 'Stopped' ? 'stopped' : 'running',
    owner: null,
    complete: true,
    present: true,
    missingData: [],
    retained: reason === 'Retained',
    deletionPolicy: null,
    drift: [],
    failedServices: [],
    site: null,
  };
}

function orphansOf(
  desired: DesiredFleet,
  { ipv4 }: ObservedNode,
  status: StatusDocument | undefined,
): readonly ObservedEnvironment[] {
  const orphans = nodeDetailsOf(status).observed?.orphans ?? [];
  return orphans.map((orphan) => {
    const name = orphan.name as EnvironmentName;
    return {
      ...environmentFrom(desired, name, orphan),
      appliedDigest: orphan.digest,
      appliedSpec: specOf(desired, name, ipv4, orphan.applied),
      wordpressVersion: orphan.wordpressVersion,
      phpVersion: orphan.phpVersion,
      plugins: {},
      http: null,
    };
  });
}

function environmentFrom(
  { config }: DesiredFleet,
  name: EnvironmentName,
  observation: EnvironmentObservation,
) {
  const {
    owner,
    complete,
    present,
    missingData,
    retained,
    state,
    deletionPolicy,
    drift,
    failedServices,
    site,
  } = observation;
  return {
    name,
    uid: ownerOf(owner, uidOf(config.fleet, resourceRef('Environment', name))),
    complete,
    ...(present ? {} : { present }),
    ...(missingData.length === 0 ? {} : { missingData }),
    retained,
    state,
    deletionPolicy,
    driftedFiles: drift,
    failedServices,
    site,
  };
}
