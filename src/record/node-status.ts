import type { NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredNode } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedNode } from '../fleet/observed.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import { recordableSpec } from './applied.ts';
import { type Finding, notReady, ready } from './conditions.ts';
import { isObserved, nodeObservation, orphanObservation, serverFacts } from './observations.ts';
import { readNodeObservation } from './read-details.ts';
import { document, quarantined, type StatusContext, withFindings } from './status-context.ts';
import { workOf } from './work-findings.ts';

type Details = StatusDocument['details'];

export function nodeStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.nodes.values()].map((node) => {
    const seen = input.observed.nodes.get(node.name);
    const findings = nodeFindings(input, node, seen);
    return {
      ...document(input, node.ref, findings, nodeDetails(input, node.ref, node.uid, seen)),
      ...appliedToNode(input, node.ref, node.uid, seen),
      protected: node.protected,
      provider: node.provider,
    };
  });
}

function nodeFindings(
  input: StatusContext,
  node: DesiredNode,
  seen: ObservedNode | undefined,
): readonly Finding[] {
  const work = workOf(input.work, node.ref);
  if (work.length > 0) return work;
  if (seen?.state === 'ready') return [ready('Provisioned', 'provisioned and every readiness check passes')];
  return [notReady('Unknown', seen?.message || 'not looked at yet')];
}

function appliedToNode(input: StatusContext, ref: ResourceRef, uid: Uid, seen: ObservedNode | undefined) {
  const before = input.recorded.status.get(ref);
  const applied =
    seen === undefined || !isObserved(seen) ? before?.applied : recordableSpec(seen.appliedSpec, uid);
  return {
    appliedDigest: seen?.appliedDigest ?? before?.appliedDigest ?? null,
    applied: seen?.state === 'absent' ? null : (applied ?? null),
  };
}

function nodeDetails(
  input: StatusContext,
  ref: ResourceRef,
  uid: Uid,
  seen: ObservedNode | undefined,
): Details {
  const before = input.recorded.status.get(ref)?.details ?? {};
  if (seen === undefined) return before;
  const observed = nodeObservation(seen, readNodeObservation(before));
  const server = seen.server === null ? {} : { server: serverFacts(seen.server, uid) };
  if (seen.state === 'absent') return { ...server, observed };
  // A node that cannot be looked at keeps the facts that were last known.
  if (seen.ipv4 === null) return { ...before, ...server, observed };
  const hostKey = input.hostKeyOf(ref);
  const warnings = seen.checks
    .filter((check) => !check.ok && check.severity === 'warning')
    .map((check) => check.code);
  return {
    ...(seen.facts === null ? before : {}),
    ...(seen.facts === null
      ? {}
      : {
          os: seen.facts.os,
          cores: seen.facts.cores,
          memoryMib: seen.facts.memoryMib,
          phpVersions: seen.facts.phpVersions,
        }),
    ipv4: seen.ipv4,
    ...server,
    ...(hostKey === null ? {} : { hostKey }),
    ...(warnings.length === 0 ? {} : { warnings }),
    observed,
  };
}

/** Nodes that nobody describes: those whose manifest is broken, servers of ours that are still there, and what records lie on. */
export function orphanNodeStatus(
  input: StatusContext,
  written: ReadonlyMap<ResourceRef, StatusDocument>,
): readonly StatusDocument[] {
  const names = new Set([...input.observed.nodes.keys(), ...recordedNodes(input)]);
  const used = new Set([...written.values()].map(({ node }) => node));
  return [...names].flatMap((name) => {
    const ref = resourceRef('Node', name);
    if (written.has(ref)) return [];
    const before = input.recorded.status.get(ref);
    if (input.desired.quarantine.resources.has(ref))
      return before === undefined ? [] : [withFindings(input, before, quarantined(before))];
    return orphanNode(input, name, ref, before, used.has(name));
  });
}

function recordedNodes({ recorded }: StatusContext): readonly NodeName[] {
  return [...recorded.status.keys()].flatMap((ref) => {
    const parsed = parseResourceRef(ref);
    return parsed?.kind === 'Node' ? [parsed.name as NodeName] : [];
  });
}

function orphanNode(
  input: StatusContext,
  name: NodeName,
  ref: ResourceRef,
  before: StatusDocument | undefined,
  isUsed: boolean,
): readonly StatusDocument[] {
  const seen = input.observed.nodes.get(name);
  const work = workOf(input.work, ref);
  const isThere = seen !== undefined && (seen.server !== null || seen.state !== 'absent');
  if (work.length === 0 && !isThere && !(isUsed && before !== undefined)) return [];
  const uid = uidOf(input.desired.config.fleet, ref);
  const undescribed = notReady(
    'Undescribed',
    'no manifest describes it, and nothing is done to it',
    'Bring its manifest back, or remove it by hand at its provider.',
  );
  const findings = work.length > 0 ? work : [undescribed];
  return [
    {
      ...document(input, ref, findings, nodeDetails(input, ref, uid, seen)),
      ...appliedToNode(input, ref, uid, seen),
      protected: before?.protected ?? false,
      provider: before?.provider ?? providerOf(input, uid),
    },
  ];
}

function providerOf({ observed }: StatusContext, uid: Uid): string | null {
  const providers = [...observed.providers.values()];
  return providers.find(({ servers }) => servers.some((server) => server.uid === uid))?.name ?? null;
}

/** Adds to each node what lies on it without a record of its own there, so that a plan can be made of the records alone. */
export function withOrphans(
  input: StatusContext,
  all: ReadonlyMap<ResourceRef, StatusDocument>,
): ReadonlyMap<ResourceRef, StatusDocument> {
  const result = new Map(all);
  for (const node of input.observed.nodes.values()) {
    const status = all.get(resourceRef('Node', node.name));
    if (status === undefined || !isObserved(node)) continue;
    const strays = [...node.environments.values()].flatMap((environment) => {
      const ref = resourceRef('Environment', environment.name);
      const own = all.get(ref);
      const isRecorded = own?.node === node.name && own.details.observed != null;
      return isRecorded ? [] : [orphanObservation(environment, uidOf(input.desired.config.fleet, ref))];
    });
    if (strays.length === 0) continue;
    const observed = { ...(status.details.observed as object), strays };
    result.set(status.ref, { ...status, details: { ...status.details, observed } });
  }
  return result;
}
