import type { ResourceRef } from '../fleet/brand.ts';
import type { AllowedSigner } from '../fleet/config.ts';
import {
  notAppliedOfConfig,
  notAppliedOfPolicy,
  notAppliedOfRepository,
  notAppliedWords,
} from '../fleet/not-applied.ts';
import type { ObservedProvider } from '../fleet/observed.ts';
import type { Plan } from '../fleet/plan.ts';
import { asksForApproval, reasonEntry, reasons } from '../fleet/reasons.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { resourceRef } from '../fleet/resource.ts';
import { nameOfKey } from '../fleet/signer-key.ts';
import { conditionsSince, type Finding, finding, partlyApplied } from './conditions.ts';
import {
  asSeenNow,
  environmentFindings,
  environmentOf,
  environmentStatus,
  isReady,
} from './environment-status.ts';
import { nodeStatus, orphanNodeStatus, withOrphans } from './node-status.ts';
import { recordedOffer } from './recorded-offer.ts';
import { fleetDetails, fleetDetailsOf, siteDetails } from './status/fleet-details.ts';
import {
  document,
  quarantined,
  type StatusContext,
  type StatusInput,
  withFindings,
} from './status-context.ts';
import { indexWork, workOf } from './work-findings.ts';

/** All status documents in their current state. Pure. */
export function fleetStatus(input: StatusInput): ReadonlyMap<ResourceRef, StatusDocument> {
  const environmentsOf = Map.groupBy(input.desired.environments.values(), ({ site }) => site);
  const context: StatusContext = { ...input, work: indexWork(input.residual), environmentsOf };
  const described = [
    pressluftStatus(context),
    ...providerStatus(context),
    ...nodeStatus(context),
    ...siteStatus(context),
    ...environmentStatus(context),
    ...backupStatus(context),
    ...requestStatus(context),
  ];
  const all = new Map(described.map((document) => [document.ref, document]));
  for (const kept of keptRecords(context, all)) all.set(kept.ref, kept);
  for (const orphan of orphanNodeStatus(context, all)) all.set(orphan.ref, orphan);
  return withOrphans(context, all);
}

function pressluftStatus(input: StatusContext): StatusDocument {
  const { config, commit } = input.desired;
  const ref = resourceRef('Pressluft', config.fleet);
  const waiting = approvalsWanted(input.residual);
  const details = fleetDetails.write({
    contentVersion: input.contentVersion,
    signers: (input.signers ?? []).map(signerWords),
    ...(waiting === 0 ? {} : { plan: { digest: input.residual.digest, approvalsWanted: waiting } }),
    refusedCommit: input.refusal?.tip ?? null,
  }) as StatusDocument['details'];
  return {
    ...document(input, ref, [fleetFinding(input), ...partlyApplied(notAppliedOfConfig(config))], details),
    observedRevision: commit,
  };
}

function fleetFinding({ problems, refusal = null }: StatusContext): Finding {
  if (refusal !== null) {
    const message = [`${refusal.code} ${refusal.message}`, ...problems].join('\n');
    return finding('CommitRefused', message, refusal.nextStep);
  }
  if (problems.length === 0) return finding('Valid', reasons.Valid.message);
  return finding('ManifestsInvalid', problems.join('\n'));
}

/** The document of a fleet after a commit whose `pressluft.yaml` cannot be used. */
export function withInvalidConfiguration(
  before: StatusDocument,
  {
    commit,
    problems,
    at,
  }: { readonly commit: string; readonly problems: readonly string[]; readonly at: string },
): StatusDocument {
  const found = finding('ConfigurationInvalid', problems.join('\n'));
  const details = fleetDetails.write({ ...fleetDetailsOf(before), refusedCommit: commit });
  return {
    ...before,
    conditions: conditionsSince(before.conditions, [found], at, false),
    details: details as StatusDocument['details'],
  };
}

function signerWords({ principal, key }: AllowedSigner): string {
  return `${principal} ${nameOfKey(key)}`;
}

/** Number of actions of the plan that need an approval. */
function approvalsWanted({ blocked }: Plan): number {
  return blocked.filter(({ reason, action }) => asksForApproval(reason, action)).length;
}

function providerStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.providers.values()].map((provider) => {
    const seen = input.observed.providers.get(provider.name);
    const found = finding(seen?.reason ?? 'Unknown', seen?.message ?? reasons.Unknown.message);
    const ref = resourceRef('Provider', provider.name);
    const details = provider.machines === 'existing' ? {} : offerDetails(input, ref, seen);
    return document(input, ref, [found], details);
  });
}

/** A provider that did not answer keeps its recorded server types. */
function offerDetails(
  { recorded, at }: StatusContext,
  ref: StatusDocument['ref'],
  seen: ObservedProvider | undefined,
): StatusDocument['details'] {
  const serverTypes = seen?.serverTypes ?? null;
  if (serverTypes !== null) return { serverTypes: recordedOffer(serverTypes, at) };
  const before = recorded.status.get(ref)?.details.serverTypes;
  return before === undefined ? {} : { serverTypes: before };
}

function siteStatus(input: StatusContext): readonly StatusDocument[] {
  return [...input.desired.sites.values()].map((site) => {
    const environments = input.environmentsOf.get(site.name) ?? [];
    const notReady = environments.filter((environment) => {
      const seen = input.observed.nodes.get(environment.node)?.environments.get(environment.name);
      return !isReady(environmentFindings(input, environment, seen));
    });
    const found =
      notReady.length === 0
        ? finding(
            'EnvironmentsReady',
            `${environments.length} of ${environments.length} environments are ready`,
          )
        : finding(
            'EnvironmentsNotReady',
            `not ready: ${notReady.map((environment) => environment.name).join(', ')}`,
          );
    const details = siteDetails.write({ environments: environments.map(({ name }) => name) });
    return document(input, site.ref, [found], details as StatusDocument['details']);
  });
}

/** Policies and repositories are accepted, and do nothing yet. */
function backupStatus(input: StatusContext): readonly StatusDocument[] {
  const { backupPolicies, backupRepositories } = input.desired;
  const settings = [
    ...[...backupPolicies.values()].flatMap(notAppliedOfPolicy),
    ...[...backupRepositories.values()].flatMap(notAppliedOfRepository),
  ];
  return settings.map((setting) => {
    const ready = finding('PartlyApplied', notAppliedWords([setting]));
    return document(input, setting.resource, [ready, ...partlyApplied([setting])], {});
  });
}

/** Status of requested backups, restores and promotions. Final once the request is done. */
function requestStatus(input: StatusContext): readonly StatusDocument[] {
  const { backups, restores, promotions } = input.desired;
  const requests = [...backups.values(), ...restores.values(), ...promotions.values()];
  return requests.flatMap(({ ref }) => {
    const before = input.recorded.status.get(ref);
    if (before !== undefined && isFinished(before)) return [before];
    const work = workOf(input.work, ref);
    const found: readonly Finding[] = work.length > 0 ? work : [finding('Unknown', reasons.Unknown.message)];
    return [document(input, ref, found, before?.details ?? {})];
  });
}

function isFinished({ appliedRevision, conditions }: StatusDocument): boolean {
  const isFinal = conditions.some(
    ({ status, reason }) => status === 'True' && reasonEntry(reason).final === true,
  );
  return appliedRevision !== null || isFinal;
}

/** Records of resources without a manifest: kept while parts of the resource may still exist. */
function keptRecords(
  input: StatusContext,
  written: ReadonlyMap<ResourceRef, StatusDocument>,
): readonly StatusDocument[] {
  return [...input.recorded.status.values()].flatMap((status) => {
    if (written.has(status.ref) || status.ref.startsWith('node/')) return [];
    if (isKeptRequest(status)) return [status];
    const current = asSeenNow(input, status);
    if (input.desired.quarantine.resources.has(status.ref))
      return [withFindings(input, current, quarantined(input, status))];
    const work = workOf(input.work, status.ref);
    if (work.length > 0) return [withFindings(input, current, work)];
    const seen = environmentOf(input, status);
    if (seen?.retained !== true) return [];
    return [withFindings(input, current, [finding('Retained', reasons.Retained.message)])];
  });
}

/** A request runs once, even if its manifest is removed and restored. So its record is never deleted. */
function isKeptRequest(status: StatusDocument): boolean {
  return isRequest(status.ref) && isFinished(status);
}

function isRequest(ref: ResourceRef): boolean {
  return /^(backup|restore|promotion)\//.test(ref);
}
