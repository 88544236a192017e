import type { EnvironmentName, NodeName, ResourceRef } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { previewHost } from '../fleet/naming.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { nameOfKey } from '../fleet/signer-key.ts';
import { unreachablePreviousNode } from '../fleet/unreachable-previous-node.ts';
import { recordableSpec } from './applied.ts';
import { type Finding, notReady, ready } from './conditions.ts';
import { nodeStatus, orphanNodeStatus, withOrphans } from './node-status.ts';
import { environmentObservation, isObserved } from './observations.ts';
import { providerStatus } from './provider-status.ts';
import { isKeptRequest, requestStatus } from './request-status.ts';
import {
  document,
  quarantined,
  type StatusContext,
  type StatusInput,
  withFindings,
} from './status-context.ts';
import { indexWork, workOf } from './work-findings.ts';

/** Every status document as it should be now. Pure. */
export function fleetStatus(input: StatusInput): ReadonlyMap<ResourceRef, StatusDocument> {
  const environmentsOf = Map.groupBy(input.desired.environments.values(), ({ site }) => site);
  const context: StatusContext = { ...input, work: indexWork(input.residual), environmentsOf };
  const described = [
    pressluftStatus(context),
    ...providerStatus(context),
    ...nodeStatus(context),
    ...siteStatus(context),
    ...environmentStatus(context),
    ...requestStatus(context),
  ];
  const all = new Map(described.map((document) => [document.ref, document]));
  for (const kept of keptRecords(context, all)) all.set(kept.ref, kept);
  for (const stray of orphanNodeStatus(context, all)) all.set(stray.ref, stray);
  return withOrphans(context, all);
}

function pressluftStatus(input: StatusContext): StatusDocument {
  const { config, commit } = input.desired;
  const ref = resourceRef('Pressluft', config.fleet);
  const waiting = approvalsWanted(input.residual);
  const details = {
    contentVersion: input.contentVersion,
    ...signersDetail(input.signers ?? []),
    ...(waiting === 0 ? {} : { plan: { digest: input.residual.digest, approvalsWanted: waiting } }),
  };
  return { ...document(input, ref, [fleetFinding(input)], details), observedRevision: commit };
}

function fleetFinding({ problems, refusal = null }: StatusContext): Finding {
  if (refusal !== null) {
    const message = [`${refusal.code} ${refusal.message}`, ...problems].join('\n');
    return notReady('CommitRefused', message, refusal.nextStep);
  }
  if (problems.length === 0) return ready('Valid', 'all manifests are valid');
  return notReady('ManifestsInvalid', problems.join('\n'), 'Run `pressluft validate` and mend these places.');
}

function signersDetail(signers: readonly AllowedSigner[]) {
  if (signers.length === 0) return {};
  return { signers: signers.map(({ principal, key }) => `${principal} ${nameOfKey(key)}`) };
}

/** How many actions wait for a person's yes to this plan. */
function approvalsWanted({ blocked }: Plan): number {
  return blocked.filter(({ reason }) => reason === 'approval_required').length;
}

function siteStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.sites.values()].map((site) => {
    const environments = input.environmentsOf.get(site.name) ?? [];
    const waiting = environments.filter((environment) => {
      const seen = input.observed.nodes.get(environment.node)?.environments.get(environment.name);
      return !isReady(environmentFindings(input, environment, seen));
    });
    const found =
      waiting.length === 0
        ? ready(
            'EnvironmentsReady',
            `${environments.length} of ${environments.length} environments are ready`,
          )
        : notReady(
            'EnvironmentsNotReady',
            `not ready: ${waiting.map((environment) => environment.name).join(', ')}`,
          );
    return document(input, site.ref, [found], {
      environments: environments.map((environment) => environment.name),
    });
  });
}

function environmentStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.environments.values()].map((environment) => {
    const home = homeOf(input, environment);
    const node = input.observed.nodes.get(home);
    const seen = node?.environments.get(environment.name);
    const before = input.recorded.status.get(environment.ref);
    const findings = environmentFindings(input, environment, home === environment.node ? seen : undefined);
    const nowReady = isReady(findings);
    const applied = seen?.appliedDigest ?? before?.appliedDigest ?? null;
    const sameAsBefore = nowReady && before?.appliedRevision != null && before.appliedDigest === applied;
    return {
      ...document(input, environment.ref, findings, environmentDetails(input, environment, node, seen)),
      appliedDigest: applied,
      applied: appliedOf(before, node, seen, environment.uid),
      appliedRevision: sameAsBefore
        ? before.appliedRevision
        : nowReady
          ? input.desired.commit
          : (before?.appliedRevision ?? null),
      protected: environment.protected,
      deletionPolicy: environment.deletionPolicy,
      node: home,
    };
  });
}

/**
 * Where an environment lives: the node of its manifest, or the one where it was last known to be, as long as it may still be there. A
 * manifest that names another node moves nothing by itself.
 */
function homeOf(input: StatusContext, environment: DesiredEnvironment): NodeName {
  const isHere = ({ environments }: ObservedNode) =>
    environments.get(environment.name)?.uid === environment.uid;
  const [wished, recorded] = [environment.node, input.recorded.status.get(environment.ref)?.node].map(
    (name) => input.observed.nodes.get(name as NodeName),
  );
  if (wished !== undefined && isHere(wished)) return environment.node;
  // What any other node says of it is worth nothing.
  if (recorded !== undefined && isHere(recorded)) return recorded.name;
  return unreachablePreviousNode(input, environment) ?? environment.node;
}

function environmentFindings(
  input: StatusContext,
  environment: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
): readonly Finding[] {
  const work = workOf(input.work, environment.ref);
  if (work.length > 0) return work;
  if (seen === undefined) return [notReady('Unknown', 'not looked at yet')];
  if (seen.state === 'stopped') return [ready('Stopped', 'stopped as wished; its data is kept')];
  const status = seen.http?.status ?? null;
  // Behind a password the site answers 401 to the probe, which proves that it is served.
  const expected = environment.access.basicAuth === null ? [200] : [200, 401];
  if (status !== null && expected.includes(status)) {
    return [ready('Converged', `WordPress ${seen.wordpressVersion ?? '?'} answers with HTTP ${status}`)];
  }
  return [
    notReady(
      'HttpFailed',
      status === null
        ? `no HTTP answer: ${seen.http?.message ?? ''}`
        : `WordPress answers with HTTP ${status}`,
      `Look at the logs in /srv/pressluft/${environment.name}/logs on node ${environment.node}.`,
    ),
  ];
}

function environmentDetails(
  input: StatusContext,
  environment: DesiredEnvironment,
  node: ObservedNode | undefined,
  seen: ObservedEnvironment | undefined,
) {
  const before = input.recorded.status.get(environment.ref)?.details ?? {};
  if (seen === undefined || node?.ipv4 == null) return unobservedDetails(before, node);
  const preview = `http://${previewHost(environment.name, node.ipv4, input.desired.config.previewDomain)}/`;
  const { primary } = environment.domains;
  return {
    url: primary === null ? preview : `http://${primary}/`,
    previewUrl: preview,
    wordpressVersion: seen.wordpressVersion,
    phpVersion: seen.phpVersion,
    plugins: seen.plugins,
    http: seen.http?.status ?? null,
    observed: environmentObservation(seen, environment.uid),
  };
}

/** An environment that could not be looked at is as it was; one that is not there says so, unlike a record of an older version. */
function unobservedDetails(before: StatusDocument['details'], node: ObservedNode | undefined) {
  return isObserved(node) || node?.state === 'absent' ? { ...before, observed: null } : before;
}

function appliedOf(
  before: StatusDocument | undefined,
  node: ObservedNode | undefined,
  seen: ObservedEnvironment | undefined,
  uid: string,
) {
  if (seen !== undefined) return recordableSpec(seen.appliedSpec, uid);
  return isObserved(node) ? null : (before?.applied ?? null);
}

function isReady(findings: readonly Finding[]): boolean {
  return findings.some((found) => found.type === 'Ready' && found.status === 'True');
}

/** Records of what is no longer described: kept while something of it may still be there. */
function keptRecords(
  input: StatusContext,
  written: ReadonlyMap<ResourceRef, StatusDocument>,
): readonly StatusDocument[] {
  return [...input.recorded.status.values()].flatMap((status) => {
    if (written.has(status.ref) || status.ref.startsWith('node/')) return [];
    if (isKeptRequest(status)) return [status];
    const current = asSeenNow(input, status);
    if (input.desired.quarantine.resources.has(status.ref))
      return [withFindings(input, current, quarantined(status))];
    const work = workOf(input.work, status.ref);
    if (work.length > 0) return [withFindings(input, current, work)];
    const seen = environmentOf(input, status);
    if (seen?.retained !== true) return [];
    const found = notReady(
      'Retained',
      'its manifest is gone; its data is kept on the node',
      'Bring the manifest back to serve it again.',
    );
    return [withFindings(input, current, [found])];
  });
}

/** The environment of a record, where it was recorded or, without a node in the record, wherever it is. */
function environmentOf({ observed }: StatusInput, { ref, node }: StatusDocument) {
  if (!ref.startsWith('environment/')) return undefined;
  const name = ref.slice('environment/'.length) as EnvironmentName;
  if (node !== null) return observed.nodes.get(node as NodeName)?.environments.get(name);
  return [...observed.nodes.values()].flatMap(({ environments }) => environments.get(name) ?? [])[0];
}

function asSeenNow(input: StatusInput, status: StatusDocument): StatusDocument {
  if (!status.ref.startsWith('environment/')) return status;
  const node = input.observed.nodes.get(status.node as NodeName);
  const seen = environmentOf(input, status);
  const applied = appliedOf(status, node, seen, status.uid);
  if (seen === undefined) return { ...status, details: unobservedDetails(status.details, node), applied };
  const details = {
    ...status.details,
    wordpressVersion: seen.wordpressVersion,
    phpVersion: seen.phpVersion,
    plugins: seen.plugins,
    observed: environmentObservation(seen, status.uid),
  };
  return { ...status, details, appliedDigest: seen.appliedDigest ?? status.appliedDigest, applied };
}
