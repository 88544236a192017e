import type { NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredNode } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { NodeFacts, ObservedNode, ReadinessCheck } from '../fleet/observed.ts';
import { failingChecks, nextStepOfCheck } from '../fleet/readiness.ts';
import { reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import { recordableSpec } from './applied.ts';
import { type Finding, finding } from './conditions.ts';
import { orphanOf } from './status/environment-details.ts';
import {
  isObserved,
  type NodeDetails,
  nodeDetails,
  nodeDetailsOf,
  noNodeDetails,
  observationOfNode,
  recordedServer,
  recordedServerId,
} from './status/node-details.ts';
import { document, quarantined, type StatusContext, suspension, withFindings } from './status-context.ts';
import { workOf } from './work-findings.ts';

type Details = StatusDocument['details'];

export function nodeStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.nodes.values()].map((node) => {
    const seen = input.observed.nodes.get(node.name);
    const findings = [
      ...nodeFindings(input, node, seen),
      ...suspension(input, node.name, 'it is suspended: nothing on it is changed or deleted'),
    ];
    return {
      ...document(input, node.ref, findings, detailsOf(input, node.ref, node.uid, seen)),
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
  if (seen?.state === 'ready') return [finding('Provisioned', reasons.Provisioned.message)];
  const rejected = failingChecks(seen?.checks ?? []).find(({ environment }) => environment !== undefined);
  if (rejected !== undefined) return [finding(rejected.reason, rejected.message, nextStepOfCheck(rejected))];
  return [finding('Unknown', seen?.message || reasons.Unknown.message)];
}

function appliedToNode(input: StatusContext, ref: ResourceRef, uid: Uid, seen: ObservedNode | undefined) {
  const before = input.recorded.status.get(ref);
  const applied =
    seen === undefined || !isObserved(seen) ? before?.applied : recordableSpec(seen.appliedSpec, uid);
  if (seen?.identity != null)
    return { appliedDigest: before?.appliedDigest ?? null, applied: before?.applied ?? null };
  const isOther = seen?.state === 'unprovisioned' && isOtherServer(before, seen);
  return {
    appliedDigest: seen?.appliedDigest ?? (isOther ? null : (before?.appliedDigest ?? null)),
    applied: seen?.state === 'absent' ? null : (applied ?? null),
  };
}

/** Whether a server was created in place of the recorded one. */
function isOtherServer(before: StatusDocument | undefined, { server }: ObservedNode): boolean {
  const id = before === undefined ? null : recordedServerId(before);
  return id !== null && server !== null && server.id !== id;
}

function detailsOf(
  input: StatusContext,
  ref: ResourceRef,
  uid: Uid,
  seen: ObservedNode | undefined,
): Details {
  const status = input.recorded.status.get(ref);
  if (seen === undefined) return status?.details ?? {};
  const before = nodeDetailsOf(status);
  const { observed: lastObserved, ...lastFacts } = before;
  const observed = observationOfNode(seen, lastObserved);
  const server = seen.server === null ? null : recordedServer(seen.server, uid);
  const written = (details: NodeDetails) => nodeDetails.write({ ...details, observed }) as Details;
  // The record names what was accepted: a finding would be forgotten otherwise.
  if (seen.identity != null) return written(lastFacts);
  if (seen.state === 'absent')
    return written({
      ...noNodeDetails,
      server: server ?? (status?.appliedDigest == null ? null : before.server),
    });
  // A node that cannot be observed keeps its last known facts.
  if (seen.ipv4 === null) return written({ ...lastFacts, server: server ?? before.server });
  const { facts } = seen;
  return written({
    ...(facts === null ? lastFacts : { ...noNodeDetails, ...hostFacts(facts) }),
    ipv4: seen.ipv4,
    server: server ?? (facts === null ? before.server : null),
    hostKey: input.hostKeyOf(ref) ?? (facts === null ? before.hostKey : null),
    warnings:
      facts === null && !seen.checks.some(isWarning)
        ? before.warnings
        : seen.checks.filter(isWarning).map(({ reason, detail }) => ({ reason, detail })),
  });
}

function hostFacts({ os, cores, memoryMib, phpVersions, machineId = null }: NodeFacts) {
  return { os, cores, memoryMib, phpVersions, machineId };
}

function isWarning({ ok, severity }: ReadinessCheck): boolean {
  return !ok && severity === 'warning';
}

/** Nodes without a valid manifest: with a broken one, existing servers of this fleet, and nodes named by environment records. */
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
      return before === undefined ? [] : [withFindings(input, before, quarantined(input, before))];
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
  const findings = work.length > 0 ? work : [finding('Undescribed', reasons.Undescribed.message)];
  return [
    {
      ...document(input, ref, findings, detailsOf(input, ref, uid, seen)),
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

/** Adds to each node the environments on it that have no record of their own there, so that a plan can be made from records alone. */
export function withOrphans(
  input: StatusContext,
  all: ReadonlyMap<ResourceRef, StatusDocument>,
): ReadonlyMap<ResourceRef, StatusDocument> {
  const result = new Map(all);
  for (const node of input.observed.nodes.values()) {
    const status = all.get(resourceRef('Node', node.name));
    if (status === undefined || !isObserved(node)) continue;
    const orphans = [...node.environments.values()].flatMap((environment) => {
      const ref = resourceRef('Environment', environment.name);
      const own = all.get(ref);
      const isRecorded = own?.node === node.name && own.details.observed != null;
      return isRecorded ? [] : [orphanOf(environment, uidOf(input.desired.config.fleet, ref))];
    });
    const details = nodeDetailsOf(status);
    if (orphans.length === 0 || details.observed === undefined) continue;
    const observed = { ...details.observed, orphans };
    const written = nodeDetails.write({ ...details, observed }) as Details;
    result.set(status.ref, { ...status, details: written });
  }
  return result;
}
