import { removes } from '../fleet/action-traits.ts';
import type { NodeName, ResourceRef } from '../fleet/brand.ts';
import {
  appliedClaims,
  type Claim,
  type Contested,
  claimKey,
  claimsOf,
  claimWords,
  contestedClaims,
  hostClaimsOf,
} from '../fleet/claims.ts';
import type { DesiredEnvironment } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedEnvironment } from '../fleet/observed.ts';
import type { Action, ActionId } from '../fleet/plan.ts';
import { reasons } from '../fleet/reasons.ts';
import { parseResourceRef, resourceRef } from '../fleet/resource.ts';
import { type Block, because, blockActions } from './block-actions.ts';
import type { FleetView } from './fleet-view.ts';
import type { Planned } from './plan-input.ts';
import { quarantineOf } from './quarantined.ts';

/**
 * Names that must not be applied now, by the environment that claims them. A name that is applied stays with the environment that has it as long
 * as its manifest claims it; a newcomer is blocked, and nothing else is. A name that an environment of the same node gives up in the
 * same commit is free once that is applied.
 */
export interface NameDecisions {
  readonly blocks: ReadonlyMap<ResourceRef, Block>;
  /** Actions that give up a name, by the environment that gets it. */
  readonly releases: ReadonlyMap<ResourceRef, readonly ActionId[]>;
}

export function decideNames(view: FleetView, planned: Planned): NameDecisions {
  const blocks = new Map<ResourceRef, Block>();
  const releases = new Map<ResourceRef, readonly ActionId[]>();
  // Only an action can take a name.
  if (planned.actions.length === 0) return { blocks, releases };
  const environments = [...view.desired.environments.values()];
  // Names on the node follow from the names of environments, which differ.
  const hosts = environments.map(
    (environment) => [environment, claimsIn(view, environment, hostClaimsOf)] as const,
  );
  for (const contested of contestedClaims(hosts, (environment, claim) =>
    appliedKeys(view, environment).has(claimKey(claim)),
  )) {
    for (const environment of contested.claimants) {
      if (environment === contested.holder || blocks.has(environment.ref)) continue;
      blocks.set(environment.ref, contestedBlock(contested, environment));
    }
  }
  const changed = new Set(planned.actions.map(({ resource }) => resource));
  const newClaims = environments
    .filter(({ ref }) => changed.has(ref) && !blocks.has(ref))
    .flatMap((environment) => {
      const applied = appliedKeys(view, environment);
      return claimsIn(view, environment, claimsOf)
        .filter((claim) => !applied.has(claimKey(claim)))
        .map((claim) => ({ environment, claim, key: claimKey(claim) }));
    });
  if (newClaims.length === 0) return { blocks, releases };
  const holders = appliedNames(view);
  const isWanted = (ref: ResourceRef, key: string) => {
    const other = view.desired.environments.get(nameOf(ref));
    return other !== undefined && claimsIn(view, other, claimsOf).some((claim) => claimKey(claim) === key);
  };
  for (const { environment, claim, key } of newClaims) {
    for (const other of holders.get(key) ?? []) {
      if (other.ref === environment.ref || isWanted(other.ref, key)) continue;
      const found = judge(view, planned, { environment, claim, other, releases });
      if (found?.kind === 'blocked' && !blocks.has(environment.ref)) blocks.set(environment.ref, found.block);
      if (found?.kind !== 'after') continue;
      const known = releases.get(environment.ref) ?? [];
      releases.set(environment.ref, [...new Set([...known, ...found.after])].sort());
    }
  }
  return { blocks, releases };
}

/** Lets the actions of an environment that gets a name depend on those that give it up. */
export function afterReleases({ releases }: NameDecisions, planned: Planned): Planned {
  if (releases.size === 0) return planned;
  const actions = planned.actions.map((action) => {
    const before = releases.get(action.resource) ?? [];
    const added = before.filter((id) => !action.dependsOn.includes(id));
    return added.length === 0 ? action : { ...action, dependsOn: [...action.dependsOn, ...added] };
  });
  return { ...planned, actions };
}

export function blockedByNames(view: FleetView, { blocks }: NameDecisions, planned: Planned): Planned {
  if (blocks.size === 0) return planned;
  return blockActions(planned, ({ kind, resource }) =>
    removes(view.kinds[kind].effect) || kind === 'backup.create' ? null : (blocks.get(resource) ?? null),
  );
}

function contestedBlock(
  { claim, claimants, holder }: Contested<DesiredEnvironment>,
  environment: DesiredEnvironment,
): Block {
  const other = holder ?? claimants.find(({ ref }) => ref !== environment.ref) ?? environment;
  const state = holder === null ? 'too, and it is not known to whom it belongs' : '';
  return taken(`${claimWords(claim)} belongs to ${other.ref} ${state}`.trim());
}

function taken(message: string): Block {
  return because('NameTaken', message, reasons.NameTaken.nextStep);
}

interface Applied {
  readonly ref: ResourceRef;
  readonly node: NodeName | null;
  /** Another fleet claims it on the same machine. */
  readonly foreign: boolean;
}

interface Newcomer {
  readonly environment: DesiredEnvironment;
  readonly claim: Claim;
  readonly other: Applied;
  readonly releases: NameDecisions['releases'];
}

type Judgement =
  | { readonly kind: 'blocked'; readonly block: Block }
  | { readonly kind: 'after'; readonly after: readonly ActionId[] };

/** What a name that is applied to an environment whose manifest does not claim it means for one that wants it. */
function judge(
  view: FleetView,
  planned: Planned,
  { environment, claim, other, releases }: Newcomer,
): Judgement | null {
  const blocked = (block: Block) => ({ kind: 'blocked', block }) as const;
  const isHere = other.node === environment.node;
  const name = claimWords(claim);
  if (other.foreign)
    return isHere ? blocked(taken(`${name} belongs to another fleet on node ${environment.node}`)) : null;
  const isDesired = view.desired.environments.has(nameOf(other.ref));
  if (!isDesired && quarantineOf(view, other.ref) !== null)
    return blocked(taken(`${name} belongs to ${other.ref}, whose manifest is broken or lost`));
  // On another node nothing collides, and that node may be lost for good.
  if (!isHere) return null;
  const ranksOf = (actions: readonly Action[]) => actions.map(({ kind }) => view.kinds[kind].rank);
  const actions = changesOf(planned, other.ref);
  // A removal comes after everything else in a plan, so the name is free in the next one.
  const isLater = Math.max(...ranksOf(actions)) > Math.min(...ranksOf(changesOf(planned, environment.ref)));
  if (actions.length === 0 || isLater)
    return blocked({
      reason: 'WaitsFor',
      message: `${name} is still applied to ${other.ref}, which gives it up`,
      nextStep: reasons.WaitsFor.nextStep,
      needsPerson: false,
    });
  if (leadsBack(releases, planned.actions, actions, environment.ref))
    return blocked(
      because('NameTaken', `it exchanges ${name} with ${other.ref}`, 'Exchange the names in two commits.'),
    );
  return { kind: 'after', after: actions.map(({ id }) => id) };
}

function changesOf({ actions }: Planned, ref: ResourceRef): readonly Action[] {
  return actions.filter(({ resource, kind }) => resource === ref && kind !== 'backup.create');
}

function nameOf(ref: ResourceRef): DesiredEnvironment['name'] {
  return (parseResourceRef(ref)?.name ?? '') as DesiredEnvironment['name'];
}

/** Whether these actions come after one of `ref` already. */
function leadsBack(
  releases: NameDecisions['releases'],
  all: readonly Action[],
  from: readonly Action[],
  ref: ResourceRef,
): boolean {
  const byId = new Map(all.map((action) => [action.id, action]));
  const seen = new Set<Action>();
  const open = [...from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.resource === ref) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    for (const id of [...next.dependsOn, ...(releases.get(next.resource) ?? [])]) {
      const upstream = byId.get(id);
      if (upstream !== undefined) open.push(upstream);
    }
  }
  return false;
}

function claimsIn(view: FleetView, environment: DesiredEnvironment, of: typeof claimsOf): readonly Claim[] {
  const ipv4 = view.observed.nodes.get(environment.node)?.ipv4 ?? null;
  return of(environment, ipv4, view.desired.config.previewDomain);
}

/** Names that an environment itself has applied, by observation, or by the record while it cannot be observed. */
function appliedKeys(view: FleetView, { name, ref, uid }: DesiredEnvironment): ReadonlySet<string> {
  const seen = view.placesOf(name).find(({ environment }) => environment.uid === uid)?.environment;
  const status = view.recorded.status.get(ref);
  const task = seen?.appliedSpec ?? status?.applied ?? null;
  if (task === null) return new Set();
  const isRetained = seen?.retained ?? isRecordedRetained(status);
  return new Set(namesIn(task, isRetained).map(claimKey));
}

/** What is out of service serves no host; its user and its data keep their names. */
function namesIn(task: Readonly<Record<string, unknown>>, retained: boolean): readonly Claim[] {
  const all = appliedClaims(task);
  return retained ? all.filter(({ kind }) => kind !== 'host') : all;
}

/** Every applied name with the environments that have it. */
function appliedNames(view: FleetView): ReadonlyMap<string, readonly Applied[]> {
  const found = new Map<string, Applied[]>();
  const observed = new Set<ResourceRef>();
  const add = (applied: Applied, claims: readonly Claim[]) => {
    for (const key of claims.map(claimKey)) found.set(key, [...(found.get(key) ?? []), applied]);
  };
  for (const node of view.observed.nodes.values()) {
    for (const environment of node.environments.values()) {
      const ref = resourceRef('Environment', environment.name);
      observed.add(ref);
      const foreign = isForeign(view, ref, environment);
      if (environment.appliedSpec !== null)
        add({ ref, node: node.name, foreign }, namesIn(environment.appliedSpec, environment.retained));
    }
  }
  for (const [ref, status] of view.recorded.status) {
    if (observed.has(ref) || status.applied === null || parseResourceRef(ref)?.kind !== 'Environment')
      continue;
    const node = status.node as NodeName | null;
    add({ ref, node, foreign: false }, namesIn(status.applied, isRecordedRetained(status)));
  }
  return found;
}

function isForeign({ desired }: FleetView, ref: ResourceRef, { uid }: ObservedEnvironment): boolean {
  return uid !== null && uid !== uidOf(desired.config.fleet, ref);
}

function isRecordedRetained(
  status: { readonly conditions: readonly { readonly reason: string }[] } | undefined,
): boolean {
  return status?.conditions.some(({ reason }) => reason === 'Retained') === true;
}
