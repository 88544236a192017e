import type { EnvironmentName, NodeName, ResourceRef, Uid } from '../fleet/brand.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { readJson } from '../fleet/json-reader.ts';
import { lacksData } from '../fleet/missing-data.ts';
import { previewHost } from '../fleet/naming.ts';
import { notAppliedOf } from '../fleet/not-applied.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import { reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { unreachablePreviousNode } from '../fleet/unreachable-previous-node.ts';
import { recordableSpec } from './applied.ts';
import { type Finding, finding, partlyApplied } from './conditions.ts';
import { environmentDetails, environmentDetailsOf, observationOf } from './status/environment-details.ts';
import { isObserved } from './status/node-details.ts';
import { document, type StatusContext, type StatusInput, suspension } from './status-context.ts';
import { workOf } from './work-findings.ts';

export function environmentStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.environments.values()].map((environment) => {
    const home = homeOf(input, environment);
    const node = input.observed.nodes.get(home);
    const seen = node?.environments.get(environment.name);
    const before = input.recorded.status.get(environment.ref);
    const findings = environmentFindings(input, environment, home === environment.node ? seen : undefined);
    const nowReady = isReady(findings);
    const applied = seen?.appliedDigest ?? before?.appliedDigest ?? null;
    const sameAsBefore = nowReady && before?.appliedRevision != null && before.appliedDigest === applied;
    const paused = suspension(input, home, `node ${home} is suspended: it is left unchanged`);
    return {
      ...document(
        input,
        environment.ref,
        [...findings, ...paused],
        detailsOf(input, environment, node, seen),
      ),
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
 * The node of an environment: that of its manifest, or the last known one while the environment may still be there. A
 * changed node in the manifest does not move an environment.
 */
function homeOf(input: StatusContext, environment: DesiredEnvironment): NodeName {
  const isHere = ({ environments }: ObservedNode) =>
    environments.get(environment.name)?.uid === environment.uid;
  const [desired, recorded] = [environment.node, input.recorded.status.get(environment.ref)?.node].map(
    (name) => input.observed.nodes.get(name as NodeName),
  );
  if (desired !== undefined && isHere(desired)) return environment.node;
  // Claims of any other node are ignored.
  if (recorded !== undefined && isHere(recorded)) return recorded.name;
  return unreachablePreviousNode(input, environment) ?? environment.node;
}

export function environmentFindings(
  input: StatusContext,
  environment: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
): readonly Finding[] {
  const found = stateFindings(input, environment, seen);
  const partly = partlyApplied(notAppliedOf(environment));
  return [
    ...found.map((one) =>
      one.reason === 'Converged' && partly[0] !== undefined
        ? finding('PartlyApplied', `${one.message}; ${partly[0].message}`)
        : one,
    ),
    ...partly,
  ];
}

function stateFindings(
  input: StatusContext,
  environment: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
): readonly Finding[] {
  const work = workOf(input.work, environment.ref);
  if (work.length > 0) return work;
  if (seen === undefined) return [finding('Unknown', reasons.Unknown.message)];
  if (seen.state === 'stopped') return [finding('Stopped', reasons.Stopped.message)];
  const status = seen.http?.status ?? null;
  // With basic auth the site answers the probe with 401, which proves that it is served.
  const expected = environment.access.basicAuth === null ? [200] : [200, 401];
  const problem = frontPageFinding(seen);
  if (problem !== null) return [problem];
  if (status !== null && expected.includes(status)) {
    return [finding('Converged', `WordPress ${seen.wordpressVersion ?? '?'} answers with HTTP ${status}`)];
  }
  return [
    finding(
      'HttpFailed',
      status === null
        ? `no HTTP answer: ${seen.http?.message ?? ''}`
        : `WordPress answers with HTTP ${status}`,
      logsStep(environment.name),
    ),
  ];
}

function logsStep(name: EnvironmentName): string {
  return `Read the logs in /srv/pressluft/${name}/logs on its node.`;
}

/** What a visitor gets, from the last rendering in rotation; the probe of each pass does not render the page. */
function frontPageFinding({ name, site }: ObservedEnvironment): Finding | null {
  const page = site?.frontPage ?? null;
  switch (page?.state) {
    case 'empty':
      return finding(
        'FrontPageEmpty',
        `visitors get an empty front page: ${page.message}`,
        reasons.FrontPageEmpty.nextStep(name),
      );
    case 'fatal':
      return finding('FrontPageFatal', `the front page ends in an error: ${page.message}`);
    case 'installer':
      return finding('FrontPageInstaller', page.message);
    case 'failed':
      return finding('HttpFailed', `the front page fails: ${page.message}`, logsStep(name));
    default:
      return null;
  }
}

function detailsOf(
  input: StatusContext,
  environment: DesiredEnvironment,
  node: ObservedNode | undefined,
  seen: ObservedEnvironment | undefined,
) {
  const before = input.recorded.status.get(environment.ref)?.details ?? {};
  if (seen === undefined || node?.ipv4 == null) return unobservedDetails(before, node);
  const preview = `http://${previewHost(environment.name, node.ipv4, input.desired.config.previewDomain)}/`;
  const { primary } = environment.domains;
  const described = primary === null ? preview : `http://${primary}/`;
  const live = appliedUrls(seen);
  const url = live.url ?? described;
  return environmentDetails.write({
    ...environmentDetailsOf(undefined),
    madeAt: madeAt(input, environment.ref, seen),
    url,
    // A change of the domain may wait for an approval or a window, or fail.
    nextUrl: described === url ? null : described,
    previewUrl: live.previewUrl ?? preview,
    ...observedDetails(seen, environment.uid, before),
    http: seen.http?.status ?? null,
  }) as StatusDocument['details'];
}

/** Addresses at which the environment is served, according to what is applied on the node; null when unknown. */
function appliedUrls({ appliedSpec }: ObservedEnvironment) {
  const spec = readJson(appliedSpec);
  const url = spec.at('site_url').text(300);
  const preview = spec.at('hosts').at('preview').text(300);
  return {
    url: url !== null && siteUrl.test(url) ? `${url}/` : null,
    previewUrl: preview !== null && hostName.test(preview) ? `http://${preview}/` : null,
  };
}

const siteUrl = /^https?:\/\/[a-z0-9.-]{1,253}(?::\d{1,5})?$/;
const hostName = /^[a-z0-9.-]{1,253}$/;

/** Identifies what was made: an approval to make it again after a loss does not count for the next loss. */
function madeAt({ recorded, at }: StatusContext, ref: ResourceRef, seen: ObservedEnvironment): string | null {
  const before = recorded.status.get(ref);
  const details = environmentDetailsOf(before);
  if (lacksData(seen)) return details.madeAt;
  const isKnown = before?.appliedDigest != null || details.observed != null;
  const observed = details.observed;
  const wasThere =
    isKnown && observed !== null && observed?.present !== false && (observed?.missingData ?? []).length === 0;
  return wasThere ? details.madeAt : at;
}

function observedDetails(seen: ObservedEnvironment, uid: Uid, before: StatusDocument['details']) {
  const { wordpressVersion, phpVersion, plugins } = seen;
  const recorded = environmentDetailsOf({ details: before }).observed ?? null;
  return { wordpressVersion, phpVersion, plugins, observed: observationOf(seen, uid, recorded) };
}

/** An environment that could not be observed keeps its details. An absent one is marked as absent, unlike in records of the first versions. */
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

export function isReady(findings: readonly Finding[]): boolean {
  return findings.some((found) => found.type === 'Ready' && found.status === 'True');
}

/** The environment of a record on its recorded node; without a recorded node, on any node. */
export function environmentOf({ observed }: StatusInput, { ref, node }: StatusDocument) {
  if (!ref.startsWith('environment/')) return undefined;
  const name = ref.slice('environment/'.length) as EnvironmentName;
  if (node !== null) return observed.nodes.get(node as NodeName)?.environments.get(name);
  return [...observed.nodes.values()].flatMap(({ environments }) => environments.get(name) ?? [])[0];
}

/** The record of an environment without a manifest, updated with its observation. */
export function asSeenNow(input: StatusInput, status: StatusDocument): StatusDocument {
  if (!status.ref.startsWith('environment/')) return status;
  const node = input.observed.nodes.get(status.node as NodeName);
  const seen = environmentOf(input, status);
  const applied = appliedOf(status, node, seen, status.uid);
  const since = retainedSince(input, status, seen);
  if (seen === undefined) {
    const details = unobservedDetails(status.details, node);
    return { ...status, details: since === null ? details : { ...details, retainedSince: since }, applied };
  }
  const details = environmentDetails.write({
    ...environmentDetailsOf(status),
    ...observedDetails(seen, status.uid, status.details),
    retainedSince: since,
  }) as StatusDocument['details'];
  return { ...status, details, appliedDigest: seen.appliedDigest ?? status.appliedDigest, applied };
}

/** It stays in the record when the environment is gone: what was retained and is lost is not forgotten. */
function retainedSince(
  { at }: StatusInput,
  status: StatusDocument,
  seen: ObservedEnvironment | undefined,
): string | null {
  const known = environmentDetailsOf(status).retainedSince;
  if (known !== null) return known;
  const retained = status.conditions.find(({ type, reason }) => type === 'Ready' && reason === 'Retained');
  return retained?.lastTransitionTime ?? (seen?.retained === true ? at : null);
}
