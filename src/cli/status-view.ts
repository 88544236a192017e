import type { EnvironmentName, ResourceRef } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef, type ResourceKind } from '../fleet/resource.ts';
import type { Diagnostic } from '../manifest/index.ts';
import { isError } from '../manifest/index.ts';
import { environmentsOfSite, fleetDetailsOf } from '../record/status/fleet-details.ts';
import type { Current } from './load-current.ts';
import { siteOwnedOf } from './site-owned.ts';
import { type ResourceLine, type ResourceState, resourceLine } from './status-line.ts';
import { type PolicyLine, policyLines, type RepositoryLine, repositoryLines } from './status-policies.ts';

export interface SiteLine extends ResourceLine {
  readonly environments: readonly ResourceLine[];
}

export interface RequestLine extends ResourceLine {
  /** The environments of the request; null if its manifest was removed. */
  readonly subject: string | null;
}

export interface StatusView {
  readonly format: 'pressluft-status';
  readonly version: 2;
  /** The selected resource; null for the whole fleet. */
  readonly resource: string | null;
  /** Tip of the branch with the desired state. */
  readonly commit: string;
  /** Commit of the records; null if there are none. */
  readonly observedRevision: string | null;
  readonly statusCommit: string | null;
  /** RFC 3339; the last recorded transition. Passes without changes record nothing. */
  readonly recordedAt: string | null;
  /** Why the last recorded pass refused the newest commit; null if it did not. */
  readonly refusal: {
    /** The refused commit; null if the record does not name it. */
    readonly commit: string | null;
    readonly message: string;
    readonly nextStep: string | null;
    /** RFC 3339; since when the fleet is not Ready. */
    readonly since: string;
  } | null;
  /** The plan that needs approval; null if there is none. */
  readonly approval: { readonly plan: string; readonly actions: number } | null;
  /** Environments by state. */
  readonly counts: Readonly<Partial<Record<ResourceState, number>>>;
  readonly sites: readonly SiteLine[];
  /** Environments without a described site: retained, quarantined, or being removed. */
  readonly otherEnvironments: readonly ResourceLine[];
  readonly nodes: readonly ResourceLine[];
  readonly providers: readonly ResourceLine[];
  /** Backup, Restore and Promotion requests. */
  readonly requests: readonly RequestLine[];
  readonly backupPolicies: readonly PolicyLine[];
  readonly backupRepositories: readonly RepositoryLine[];
  readonly problems: readonly Diagnostic[];
}

/** Records and manifests, arranged by site. Pure. `recordedAt` is the commit time of the records. */
export function statusView({ commit, manifests, recorded }: Current, recordedAt: string | null): StatusView {
  const described = new Map(manifests.resources.map((resource) => [resource.ref, resource]));
  const kindOf = (ref: ResourceRef) => parseResourceRef(ref)?.kind;
  const lines = [...new Set([...recorded.status.keys(), ...described.keys()])]
    .sort()
    .map((ref) => ({ kind: kindOf(ref), ...lineOf(ref) }));
  function lineOf(ref: ResourceRef) {
    const status = recorded.status.get(ref);
    const line = resourceLine(ref, status, described.get(ref));
    if (kindOf(ref) !== 'Environment') return { line };
    const siteOwned = siteOwnedOf(manifests.fleet?.environments.get(line.name as EnvironmentName), status);
    return { line: siteOwned.length === 0 ? line : { ...line, siteOwned } };
  }
  const ofKind = (wanted: ResourceKind) => lines.flatMap(({ kind, line }) => (kind === wanted ? [line] : []));

  const environments = ofKind('Environment');
  const siteOf = sitesOfEnvironments(recorded.status.values(), manifests.fleet);
  const bySite = Map.groupBy(environments, (environment) =>
    environment.state === 'retained' || environment.state === 'leaving' || environment.state === 'quarantined'
      ? undefined
      : siteOf.get(environment.name),
  );
  const sites = ofKind('Site').map((site) => ({ ...site, environments: bySite.get(site.name) ?? [] }));
  const shown = new Set(sites.flatMap((site) => site.environments));
  const fleet = [...recorded.status.values()].find(({ ref }) => kindOf(ref) === 'Pressluft');
  const subjects = subjectsOfRequests(manifests.fleet);
  return {
    format: 'pressluft-status',
    version: 2,
    resource: null,
    commit,
    observedRevision: fleet?.observedRevision ?? null,
    statusCommit: recorded.head,
    recordedAt,
    refusal: refusalIn(fleet),
    approval: approvalOf(fleet),
    counts: countsOf(environments),
    sites,
    otherEnvironments: environments.filter((environment) => !shown.has(environment)),
    nodes: ofKind('Node'),
    providers: ofKind('Provider'),
    requests: (['Backup', 'Restore', 'Promotion'] as const)
      .flatMap(ofKind)
      .map((line) => ({ ...line, subject: subjects.get(line.ref) ?? null })),
    backupPolicies: policyLines(manifests.fleet, recorded),
    backupRepositories: repositoryLines(manifests.fleet),
    problems: manifests.diagnostics.filter(isError),
  };
}

/** The site of each environment: from the manifests, or from the records where the manifests are broken. */
function sitesOfEnvironments(
  documents: Iterable<StatusDocument>,
  fleet: DesiredFleet | undefined,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const document of documents) {
    const parsed = parseResourceRef(document.ref);
    if (parsed?.kind !== 'Site') continue;
    for (const name of environmentsOfSite(document)) found.set(name, parsed.name);
  }
  for (const { name, site } of fleet?.environments.values() ?? []) found.set(name, site);
  return found;
}

function subjectsOfRequests(fleet: DesiredFleet | undefined): ReadonlyMap<string, string> {
  if (fleet === undefined) return new Map();
  const { backups, restores, promotions } = fleet;
  const found = new Map<string, string>();
  for (const { ref, environment } of [...backups.values(), ...restores.values()]) found.set(ref, environment);
  for (const { ref, from, to } of promotions.values()) found.set(ref, `${from} to ${to}`);
  return found;
}

function refusalIn(fleet: StatusDocument | undefined): StatusView['refusal'] {
  const found = fleet?.conditions.find(
    ({ reason }) => reason === 'CommitRefused' || reason === 'ConfigurationInvalid',
  );
  if (found === undefined) return null;
  const { message, nextStep = null, lastTransitionTime: since } = found;
  return { commit: fleetDetailsOf(fleet).refusedCommit, message, nextStep, since };
}

function approvalOf(fleet: StatusDocument | undefined): StatusView['approval'] {
  const { plan } = fleetDetailsOf(fleet);
  return plan === undefined ? null : { plan: plan.digest, actions: plan.approvalsWanted };
}

export function countsOf(environments: readonly ResourceLine[]): StatusView['counts'] {
  const groups = Map.groupBy(environments, ({ state }) => state);
  return Object.fromEntries([...groups].map(([state, members]) => [state, members.length]));
}
