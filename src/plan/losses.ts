import type { Digest, EnvironmentName, NodeName } from '../fleet/brand.ts';
import { appliedSite } from '../fleet/claims.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { lacksData, type MissingData } from '../fleet/missing-data.ts';
import { environmentNames } from '../fleet/naming.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { Action } from '../fleet/plan.ts';
import { isLossReason, type LossReason, reasons } from '../fleet/reasons.ts';
import { type Block, because, blockActions } from './block-actions.ts';
import type { EnvironmentStep } from './environment-actions.ts';
import type { PlanInput, Planned } from './plan-input.ts';
import { lost } from './undo.ts';

/**
 * An environment that was applied, was not deleted, and is not there any more, or has lost its database or its uploads: making it again would
 * replace the data of a customer by an empty site. Null if it is there, or never was.
 */
export function lostData(
  { recorded }: PlanInput,
  { ref, node }: DesiredEnvironment,
  seen: ObservedEnvironment | undefined,
): Pick<EnvironmentStep, 'reason' | 'message' | 'risk' | 'undo' | 'found'> | null {
  const status = recorded.status.get(ref);
  const missing = seen?.missingData ?? [];
  const isGone = seen === undefined || lacksData(seen);
  const wasApplied = status?.appliedDigest != null || seen?.complete === true || missing.length > 0;
  if (!isGone || !wasApplied) return null;
  const where = (status?.node as NodeName | null | undefined) ?? node;
  const madeAt = status?.details.madeAt;
  return {
    reason: 'DataMissing',
    message: messageOf(missing),
    risk: 'data',
    undo: lost(`its former data, last on node ${where}, is not restored`),
    // One approval covers one loss: an environment that is made again has another time.
    found: {
      where,
      madeAt: typeof madeAt === 'string' ? madeAt : null,
      ...(missing.length === 0 ? {} : { missing }),
    },
  };
}

function messageOf(missing: readonly MissingData[]): string {
  if (missing.length === 0) return 'create the environment again, empty';
  const made = { database: 'install an empty WordPress', uploads: 'create an empty directory of uploads' };
  return `${missing.map((kind) => made[kind]).join(', and ')} in place of the lost data`;
}

/** Blocks everything on a node that is not the recorded one, except the action that accepts it, and what follows that action. */
export function blockedByIdentity({ observed }: PlanInput, planned: Planned): Planned {
  const suspects = new Map(
    [...observed.nodes.values()].flatMap(({ name, identity }) =>
      identity == null ? [] : [[name, identity] as const],
    ),
  );
  if (suspects.size === 0) return planned;
  const accepting = new Set(planned.actions.filter(isAccepting).map(({ id }) => id));
  return blockActions(planned, (action) => {
    const finding = suspects.get(action.target.node);
    if (finding === undefined || accepting.has(action.id)) return null;
    if (action.reason === 'DataMissing' || action.dependsOn.some((id) => accepting.has(id))) return null;
    const { reason, message, nextStep } = finding;
    return because(
      reason,
      action.target.kind === 'node' ? message : `node ${action.target.node}: ${message}`,
      nextStep,
    );
  });
}

function isAccepting({ reason, target }: Action): boolean {
  return target.kind === 'node' && isLossReason(reason);
}

/** Why an action that accepts a loss is blocked until that very action is approved. */
export function lossBlock(input: PlanInput, action: Action, reason: LossReason, plan: Digest): Block {
  const finding = input.observed.nodes.get(action.target.node)?.identity;
  const guarded = isProtected(input, action) ? '; it is protected' : '';
  const approve = `run \`pressluft approve ${plan}\``;
  if (action.target.kind === 'node') {
    const accept =
      reason === 'ServerAddressChanged' ? 'To keep the new address' : 'To accept the loss of its data';
    const steps = `${finding?.nextStep ?? ''} ${accept} instead, ${approve}.`.trim();
    return because(reason, `${finding?.message ?? action.message}${guarded}`, steps);
  }
  const { environment } = action.target;
  if (reason === 'SiteDiffers') return otherSiteBlock(input, action, environment, plan);
  const status = input.recorded.status.get(action.resource);
  const node = status?.node ?? action.target.node;
  const seen = input.observed.nodes.get(action.target.node)?.environments.get(environment);
  const missing = seen?.missingData ?? [];
  const since = status?.appliedRevision == null ? '' : ` (commit ${status.appliedRevision.slice(0, 12)})`;
  const former = appliedSite(seen?.appliedSpec ?? null);
  const site = input.desired.environments.get(environment)?.site;
  const handedOver = former === null || former === site ? '' : `; ${reasons.SiteDiffers.message(former)}`;
  return because(
    'DataMissing',
    `${reasons.DataMissing.message(node)}${missing.length === 0 ? '' : `: ${whatIsLost(missing)}`}${since}${handedOver}${guarded}`,
    `Bring its data back: ${wayBack(input, environment, missing)}. To start with ${missing.join() === 'uploads' ? 'empty uploads' : 'an empty site'} instead, ${approve}; if it is not needed any more, remove its manifest.`,
  );
}

function otherSiteBlock(input: PlanInput, action: Action, environment: EnvironmentName, plan: Digest): Block {
  const before = input.observed.nodes.get(action.target.node)?.environments.get(environment)?.appliedSpec;
  const former = appliedSite(before) ?? 'unknown';
  const site = input.desired.environments.get(environment)?.site;
  return because(
    'SiteDiffers',
    reasons.SiteDiffers.message(former),
    `Set spec.site back to ${former}, or choose another name for the new environment. To hand the data over to site ${site} with all accounts and customers in it, run \`pressluft approve ${plan}\`.`,
  );
}

export function whatIsLost(missing: readonly MissingData[]): string {
  const words = { database: 'WordPress in its database', uploads: 'the directory of its uploads' };
  return missing.map((kind) => words[kind]).join(' and ');
}

function wayBack(
  { desired }: PlanInput,
  environment: EnvironmentName,
  missing: readonly MissingData[],
): string {
  const { adminUser = 'LOGIN', adminEmail = 'E-MAIL' } = desired.environments.get(environment) ?? {};
  if (missing.length === 0)
    return `restore the server or its disk, or /srv/pressluft/${environment} with its database`;
  const ways = {
    database: `import database ${environmentNames(environment).database} from a backup (if only its users are gone: \`pressluft wp ${environment} -- user create ${adminUser} ${adminEmail} --role=administrator\`)`,
    uploads: `restore /srv/pressluft/${environment}/shared/uploads`,
  };
  return missing.map((kind) => ways[kind]).join(', and ');
}

function isProtected({ desired, recorded }: PlanInput, { resource, target }: Action): boolean {
  const manifest =
    target.kind === 'node' ? desired.nodes.get(target.node) : desired.environments.get(target.environment);
  return manifest?.protected === true || recorded.status.get(resource)?.protected === true;
}
