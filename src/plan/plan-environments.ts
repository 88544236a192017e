import { appliedPart, ownersOf } from '../fleet/applied-part.ts';
import type { EnvironmentName, NodeName } from '../fleet/brand.ts';
import { appliedSite } from '../fleet/claims.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import {
  type EnvironmentTask,
  environmentDigest,
  environmentTask,
  withoutUrls,
} from '../fleet/environment-task.ts';
import type { ObservedEnvironment, ObservedNode } from '../fleet/observed.ts';
import type { ActionId, Blocked, FieldChange } from '../fleet/plan.ts';
import { type BlockedReason, isIdentityReason, reasons } from '../fleet/reasons.ts';
import { unreachablePreviousNode } from '../fleet/unreachable-previous-node.ts';
import { because } from './block-actions.ts';
import { causeOf } from './cause.ts';
import { driftOf, rejectedConfiguration } from './drift.ts';
import { converge } from './environment-actions.ts';
import { fieldChanges } from './field-changes.ts';
import type { FleetView } from './fleet-view.ts';
import { lostData } from './losses.ts';
import { placedByHand } from './placed-by-hand.ts';
import { planCreation } from './plan-creation.ts';
import { act, block, nothing, type Planned, type PlannedParts } from './plan-input.ts';
import { planRevert } from './plan-revert.ts';
import { themeVanishes } from './vanishing-theme.ts';

/** Plans the actions of every desired environment, after those of its node and of the environment that it is cloned from. */
export function planEnvironments(
  view: FleetView,
  nodes: ReadonlyMap<NodeName, Planned>,
): ReadonlyMap<EnvironmentName, Planned> {
  const environments = new Map<EnvironmentName, Planned>();
  for (const environment of view.desired.environments.values()) {
    for (const next of sourcesFirst(view, environment, environments)) {
      environments.set(next.name, planEnvironment(view, next, { nodes, environments }));
    }
  }
  return environments;
}

/** Plans an environment after the sources of its clone, unless these are planned already. A cycle is broken where it closes. */
function sourcesFirst(
  view: FleetView,
  environment: DesiredEnvironment,
  planned: ReadonlyMap<EnvironmentName, Planned>,
): readonly DesiredEnvironment[] {
  const chain = new Set<DesiredEnvironment>();
  let current: DesiredEnvironment | undefined = environment;
  while (current !== undefined && !planned.has(current.name) && !chain.has(current)) {
    chain.add(current);
    current =
      current.source.kind === 'clone' ? view.desired.environments.get(current.source.environment) : undefined;
  }
  return chain.size === 1 ? [environment] : [...chain].reverse();
}

function planEnvironment(view: FleetView, environment: DesiredEnvironment, parts: PlannedParts): Planned {
  const elsewhere = view
    .placesOf(environment.name)
    .find((place) => place.node.name !== environment.node && place.environment.uid === environment.uid);
  // Its data is on another node; a new empty copy here would look like a data loss. If it is here as well, the claim of the other node is ignored.
  if (elsewhere !== undefined && !isAt(view, environment))
    return block(movedElsewhere(view, environment, elsewhere.node));
  const home = unreachablePreviousNode(view, environment);
  if (home !== null && !isAt(view, environment))
    return block(previousNodeUnreachable(view, environment, home));

  const node = view.observed.nodes.get(environment.node);
  const planned = parts.nodes.get(environment.node) ?? nothing;
  const blocked = planned.blocked[0];
  if (blocked !== undefined) return block(waitsForNode(view, environment, blocked));
  const dependsOn = planned.actions.map((action) => action.id);
  const seen = node?.environments.get(environment.name);
  if (node?.ipv4 == null || seen === undefined) return planCreation(view, environment, dependsOn, parts);
  return planExisting(view, environment, { node, ipv4: node.ipv4, seen }, dependsOn);
}

function isAt(view: FleetView, { name, node, uid }: DesiredEnvironment): boolean {
  const here = view.observed.nodes.get(node)?.environments.get(name);
  return here?.complete === true && here.uid === uid;
}

interface Seen {
  readonly node: ObservedNode;
  readonly ipv4: string;
  readonly seen: ObservedEnvironment;
}

function planExisting(
  view: FleetView,
  environment: DesiredEnvironment,
  { node, ipv4, seen }: Seen,
  dependsOn: readonly ActionId[],
): Planned {
  const drift = [...driftOf(environment, seen), ...rejectedConfiguration(node, environment.name)];
  const base = { environment, seen, dependsOn, drift };
  // The record on the node names another owner: another fleet uses the same machine.
  if (seen.uid !== null && seen.uid !== environment.uid) return block(foreign(view, environment, node));
  const loss = lostData(view, environment, seen);
  const former = appliedSite(seen.appliedSpec);
  if (former !== null && former !== environment.site) {
    const handed = handOver(view, environment, seen, ipv4);
    if (loss === null) return act(converge(view, { ...base, ...handed }));
    // One approval covers both; the node refuses to work on data that is gone unless the loss is accepted.
    const message = `${handed.message}, and ${loss.message}`;
    return act(
      converge(view, {
        ...base,
        ...handed,
        ...loss,
        message,
        found: { ...handed.found, ...(loss.found as object) },
      }),
    );
  }
  if (loss !== null) return act(converge(view, { ...base, ...loss }));
  if (!seen.complete) return act(converge(view, { ...base, reason: 'Incomplete' }));

  const { previewDomain } = view.desired.config;
  const desiredDigest = environmentDigest(environment, ipv4, previewDomain, view.contentVersion);
  if (seen.retained || seen.appliedDigest !== desiredDigest) {
    const before = seen.appliedSpec;
    const known = before !== null && Object.keys(before).length > 0;
    const manifest = known ? appliedChanges(before, environmentTask(environment, ipv4, previewDomain)) : [];
    const changes = known ? [...manifest, ...placedByHand(environment, seen, [...manifest, ...drift])] : [];
    const theme = themeVanishes(environment, seen);
    if (theme !== null) return block(withoutTheme(view, environment, theme));
    if (seen.retained) return act(converge(view, { ...base, reason: 'Returned', changes }));
    const revert = planRevert(view, { ...base, changes, desiredDigest });
    if (revert !== null) return revert;
    const [only, ...others] = changes;
    if (only?.field === 'state' && others.length === 0 && drift.length === 0) {
      const step =
        environment.state === 'stopped'
          ? ({ kind: 'environment.stop', message: 'stop the environment' } as const)
          : ({ kind: 'environment.start', message: 'start the environment' } as const);
      return act(converge(view, { ...base, ...step, reason: 'StateChanged', changes }));
    }
    return act(
      converge(view, {
        ...base,
        reason: known && manifest.length === 0 ? 'ContentChanged' : 'SpecChanged',
        changes,
      }),
    );
  }
  if (drift.length > 0)
    return act(
      converge(view, { ...base, reason: 'Drifted', changes: placedByHand(environment, seen, drift) }),
    );
  return view.force === true ? act(converge(view, { ...base, reason: 'Forced' })) : nothing;
}

/** The data of an environment belong to its site. Needs an approval of its own. */
function handOver(view: FleetView, environment: DesiredEnvironment, seen: ObservedEnvironment, ipv4: string) {
  const former = appliedSite(seen.appliedSpec);
  const task = environmentTask(environment, ipv4, view.desired.config.previewDomain);
  return {
    reason: 'SiteDiffers',
    message: `hand the data of site ${former} over to site ${environment.site}`,
    risk: 'data',
    changes: appliedChanges(seen.appliedSpec ?? {}, task),
    found: { site: former },
  } as const;
}

/** Settings that the site owns are used at the installation only, so they are no change of an existing environment. */
function appliedChanges(before: object, task: EnvironmentTask): readonly FieldChange[] {
  return fieldChanges(appliedPart(before, ownersOf(task)), appliedPart(withoutUrls(task) as EnvironmentTask));
}

function withoutTheme(view: FleetView, environment: DesiredEnvironment, theme: string): Blocked {
  const themes = environment.wordpress.themes.map(({ slug }) => slug);
  const instead =
    themes.length === 0
      ? 'describe another theme and name it in wordpress.activeTheme'
      : `set wordpress.activeTheme to ${themes.length === 1 ? themes[0] : `one of ${themes.join(', ')}`}`;
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    ...because(
      'ActiveThemeRemoved',
      reasons.ActiveThemeRemoved.message(theme),
      `Keep ${theme} in wordpress.themes, or ${instead}${environment.wordpress.manage.theme === 'site' ? ' and manage.theme to git' : ''}.`,
    ),
    cause: view.desired.locate(environment.ref, '/spec/wordpress') ?? causeOf(view.desired, environment.ref),
  };
}

function waitsForNode(view: FleetView, environment: DesiredEnvironment, blocked: Blocked): Blocked {
  const unreachable = view.observed.nodes.get(environment.node)?.state === 'unreachable';
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    reason: reasonOfNode(blocked.reason, unreachable),
    message: `node ${environment.node}: ${blocked.message}`,
    nextStep: blocked.nextStep,
    needsPerson: blocked.needsPerson,
    cause: causeOf(view.desired, environment.ref),
  };
}

/** What is wrong with the identity of the node is named as such; a person must act on it. */
function reasonOfNode(reason: BlockedReason, unreachable: boolean): BlockedReason {
  if (isIdentityReason(reason)) return reason;
  if (unreachable) return 'NodeUnreachable';
  return reason === 'ProviderDegraded' ? reason : 'NodeNotReady';
}

function movedElsewhere(view: FleetView, environment: DesiredEnvironment, node: ObservedNode): Blocked {
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    ...because(
      'MoveUnsupported',
      `it is on node ${node.name}, and the manifest now names ${environment.node}`,
      reasons.MoveUnsupported.nextStep(node.name),
    ),
    cause: view.desired.locate(environment.ref, '/spec/node') ?? null,
  };
}

/** An unreachable node may have its data: nothing is planned. */
function previousNodeUnreachable(view: FleetView, environment: DesiredEnvironment, home: NodeName): Blocked {
  const finding = view.observed.nodes.get(home)?.identity ?? null;
  const why =
    finding === null
      ? ({
          reason: 'NodeUnreachable',
          message: `it was last on node ${home}, which cannot be reached`,
          nextStep: `Bring node ${home} back, or remove its manifest once its data is not needed any more.`,
          needsPerson: false,
        } as const)
      : because(
          finding.reason,
          `it was last on node ${home}, which is not as recorded: ${finding.message}`,
          finding.nextStep,
        );
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    ...why,
    message: `${why.message}; a new one on ${environment.node} would be empty`,
    cause: view.desired.locate(environment.ref, '/spec/node') ?? null,
  };
}

function foreign(view: FleetView, environment: DesiredEnvironment, node: ObservedNode): Blocked {
  return {
    resource: environment.ref,
    node: environment.node,
    kind: 'environment.converge',
    ...because(
      'OwnershipMismatch',
      reasons.OwnershipMismatch.message(node.name),
      reasons.OwnershipMismatch.nextStep,
    ),
    cause: causeOf(view.desired, environment.ref),
  };
}
