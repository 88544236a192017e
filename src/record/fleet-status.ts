import type { ResourceRef } from '../fleet/brand.ts';
import type { DesiredEnvironment, DesiredFleet, DesiredNode } from '../fleet/desired.ts';
import { previewHost, uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment, ObservedFleet, ObservedNode } from '../fleet/observed.ts';
import type { Blocked, Plan } from '../fleet/plan.ts';
import type { RecordedFleet, StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { conditionsSince, type Finding, finding, notReady, ready } from './conditions.ts';

export interface StatusInput {
  readonly desired: DesiredFleet;
  /** As seen after the work of the pass. */
  readonly observed: ObservedFleet;
  readonly recorded: RecordedFleet;
  /** What is still to be done or held back after the work of the pass. */
  readonly residual: Plan;
  /** Resources that were worked on in this pass. */
  readonly attempted: ReadonlySet<ResourceRef>;
  /** One line for each broken manifest. */
  readonly problems: readonly string[];
  /** Public host key of a node, for the record. */
  readonly hostKeyOf: (ref: ResourceRef) => string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** Every status document as it should be now. Pure. */
export function fleetStatus(input: StatusInput): ReadonlyMap<ResourceRef, StatusDocument> {
  const documents = [
    pressluftStatus(input),
    ...providerStatus(input),
    ...nodeStatus(input),
    ...siteStatus(input),
    ...environmentStatus(input),
  ];
  const heldBack = keptRecords(input, new Set(documents.map((document) => document.ref)));
  return new Map([...documents, ...heldBack].map((document) => [document.ref, document]));
}

function pressluftStatus(input: StatusInput): StatusDocument {
  const { config, commit } = input.desired;
  const ref = resourceRef('Pressluft', config.fleet);
  const count = input.problems.length;
  const found =
    count === 0
      ? ready('Valid', 'all manifests are valid')
      : notReady(
          'ManifestsInvalid',
          input.problems.join('\n'),
          'Run `pressluft validate` and mend these places.',
        );
  return { ...document(input, ref, [found], {}), observedRevision: commit };
}

function providerStatus(input: StatusInput): readonly StatusDocument[] {
  return [...input.desired.providers.values()].map((provider) => {
    const seen = input.observed.providers.get(provider.name);
    const found =
      seen?.state === 'connected'
        ? ready(seen.reason, seen.message)
        : notReady(
            seen?.reason ?? 'Unknown',
            seen?.message ?? 'not looked at yet',
            'Mend the token or the connection; nothing is touched meanwhile.',
          );
    return document(input, resourceRef('Provider', provider.name), [found], {});
  });
}

function nodeStatus(input: StatusInput): readonly StatusDocument[] {
  return [...input.desired.nodes.values()].map((node) => {
    const seen = input.observed.nodes.get(node.name);
    return {
      ...document(input, node.ref, nodeFindings(input, node, seen), nodeDetails(input, node, seen)),
      appliedDigest: seen?.appliedDigest ?? input.recorded.status.get(node.ref)?.appliedDigest ?? null,
      protected: node.protected,
      provider: node.provider,
    };
  });
}

function nodeFindings(
  input: StatusInput,
  node: DesiredNode,
  seen: ObservedNode | undefined,
): readonly Finding[] {
  const work = workOf(input, node.ref);
  if (work.length > 0) return work;
  if (seen?.state === 'ready') return [ready('Provisioned', 'provisioned and every readiness check passes')];
  return [notReady('Unknown', seen?.message || 'not looked at yet')];
}

function nodeDetails(input: StatusInput, node: DesiredNode, seen: ObservedNode | undefined) {
  const before = input.recorded.status.get(node.ref)?.details ?? {};
  // A node that cannot be looked at keeps the facts that were last known.
  if (seen === undefined || seen.ipv4 === null) return seen?.state === 'absent' ? {} : before;
  const hostKey = input.hostKeyOf(node.ref);
  const warnings = seen.checks
    .filter((check) => !check.ok && check.severity === 'warning')
    .map((check) => check.code);
  return {
    ...(seen.facts === null
      ? { ...before }
      : {
          os: seen.facts.os,
          cores: seen.facts.cores,
          memoryMib: seen.facts.memoryMib,
          phpVersions: seen.facts.phpVersions,
        }),
    ipv4: seen.ipv4,
    ...(seen.server === null
      ? {}
      : {
          server: {
            id: seen.server.id,
            name: seen.server.name,
            type: seen.server.serverType,
            location: seen.server.location,
          },
        }),
    ...(hostKey === null ? {} : { hostKey }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
}

function siteStatus(input: StatusInput): readonly StatusDocument[] {
  return [...input.desired.sites.values()].map((site) => {
    const environments = [...input.desired.environments.values()].filter(
      (environment) => environment.site === site.name,
    );
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

function environmentStatus(input: StatusInput): readonly StatusDocument[] {
  return [...input.desired.environments.values()].map((environment) => {
    const node = input.observed.nodes.get(environment.node);
    const seen = node?.environments.get(environment.name);
    const before = input.recorded.status.get(environment.ref);
    const findings = environmentFindings(input, environment, seen);
    const nowReady = isReady(findings);
    const applied = seen?.appliedDigest ?? before?.appliedDigest ?? null;
    const sameAsBefore = nowReady && before?.appliedRevision != null && before.appliedDigest === applied;
    return {
      ...document(input, environment.ref, findings, environmentDetails(input, environment, node, seen)),
      appliedDigest: applied,
      appliedRevision: sameAsBefore
        ? before.appliedRevision
        : nowReady
          ? input.desired.commit
          : (before?.appliedRevision ?? null),
      protected: environment.protected,
      deletionPolicy: environment.deletionPolicy,
      node: environment.node,
    };
  });
}

function environmentFindings(
  input: StatusInput,
  environment: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
): readonly Finding[] {
  const work = workOf(input, environment.ref);
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
  input: StatusInput,
  environment: DesiredEnvironment,
  node: ObservedNode | undefined,
  seen: ObservedEnvironment | undefined,
) {
  const before = input.recorded.status.get(environment.ref)?.details ?? {};
  if (seen === undefined || node?.ipv4 == null) return before;
  const preview = `http://${previewHost(environment.name, node.ipv4, input.desired.config.previewDomain)}/`;
  const { primary } = environment.domains;
  return {
    url: primary === null ? preview : `http://${primary}/`,
    previewUrl: preview,
    wordpressVersion: seen.wordpressVersion,
    phpVersion: seen.phpVersion,
    plugins: seen.plugins,
    http: seen.http?.status ?? null,
  };
}

function isReady(findings: readonly Finding[]): boolean {
  return findings.some((found) => found.type === 'Ready' && found.status === 'True');
}

/** What is still to be done for a resource, as conditions; empty when nothing is. */
function workOf(input: StatusInput, ref: ResourceRef): readonly Finding[] {
  const held = input.residual.blocked.find((blocked) => blocked.resource === ref);
  if (held !== undefined) return blockedFindings(held);
  const action = input.residual.actions.find((candidate) => candidate.resource === ref);
  if (action === undefined) return [];
  const reconciling = finding('Reconciling', 'True', action.reason, action.message);
  const drifted =
    action.reason === 'Drifted'
      ? [finding('Drifted', 'True', 'Drifted', action.changes.map((change) => change.field).join(', '))]
      : [];
  return [notReady('Pending', action.message), reconciling, ...drifted];
}

function blockedFindings(held: Blocked): readonly Finding[] {
  const reason = pascalCase(held.reason);
  const base = notReady(reason, held.message, held.nextStep);
  if (held.needsPerson) return [base, finding('Stalled', 'True', reason, held.message, held.nextStep)];
  return [base, finding('Reconciling', 'True', reason, held.message, held.nextStep)];
}

function pascalCase(code: string): string {
  return code.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** Records of what is no longer described: kept while something of it may still be there. */
function keptRecords(input: StatusInput, written: ReadonlySet<ResourceRef>): readonly StatusDocument[] {
  return [...input.recorded.status.values()].flatMap((status) => {
    if (written.has(status.ref)) return [];
    if (input.desired.quarantine.resources.has(status.ref))
      return [withFindings(input, status, quarantined(status))];
    const work = workOf(input, status.ref);
    if (work.length > 0) return [withFindings(input, status, work)];
    const retained = [...input.observed.nodes.values()].some((node) =>
      [...node.environments.values()].some(
        (environment) => resourceRef('Environment', environment.name) === status.ref && environment.retained,
      ),
    );
    if (!retained) return [];
    const found = notReady(
      'Retained',
      'its manifest is gone; its data is kept on the node',
      'Bring the manifest back to serve it again.',
    );
    return [withFindings(input, status, [found])];
  });
}

function quarantined(status: StatusDocument): readonly Finding[] {
  const message = `its manifest, or one that it needs, is broken; it is left as it is (${status.sourceFile})`;
  return [notReady('Quarantined', message, 'Run `pressluft validate` and mend the manifest.')];
}

function withFindings(
  input: StatusInput,
  status: StatusDocument,
  findings: readonly Finding[],
): StatusDocument {
  return {
    ...status,
    conditions: conditionsSince(status.conditions, findings, input.at, input.attempted.has(status.ref)),
  };
}

function document(
  input: StatusInput,
  ref: ResourceRef,
  findings: readonly Finding[],
  details: Readonly<Record<string, unknown>>,
): StatusDocument {
  const before = input.recorded.status.get(ref);
  return {
    ref,
    uid: uidOf(input.desired.config.fleet, ref),
    sourceFile: input.desired.locate(ref, '')?.file ?? before?.sourceFile ?? '',
    observedRevision: null,
    appliedRevision: null,
    appliedDigest: null,
    protected: false,
    deletionPolicy: null,
    node: null,
    provider: null,
    applied: null,
    conditions: conditionsSince(before?.conditions ?? [], findings, input.at, input.attempted.has(ref)),
    details,
  };
}
