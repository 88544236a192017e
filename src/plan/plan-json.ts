import type { CommitSha, NodeName } from '../fleet/brand.ts';
import type { Action, ActionId, Blocked, NotApplied, Plan, Risk } from '../fleet/plan.ts';

/** Incremented when a member changes its meaning or is removed. A later release may add members: readers ignore unknown ones. */
export const planFormatVersion = 2;

/** The JSON form of a plan: `schemas/plan.schema.json`. Secrets are already redacted when the plan is made. */
export interface PlanJson {
  readonly format: 'pressluft-plan';
  readonly version: typeof planFormatVersion;
  /** Name of the fleet; null when the caller gave none. */
  readonly fleet: string | null;
  /** All zeros for a directory that is not committed. */
  readonly commit: CommitSha;
  /** An approval of this digest is void after the commit or the observation changes. */
  readonly digest: string;
  readonly observed: Observation | null;
  /** Commits that the planned commits undo by `git revert`. */
  readonly reverts: readonly CommitSha[];
  /** Notes on how the plan was made, one sentence each. */
  readonly notes: readonly string[];
  readonly summary: PlanSummary;
  /** In an order in which they can be applied one by one. */
  readonly actions: readonly PlannedAction[];
  readonly blocked: readonly BlockedItem[];
  /** Settings that this version accepts and does not apply; absent if there are none. */
  readonly notApplied?: readonly NotApplied[];
}

/** Source of the observed state. */
export interface Observation {
  /** `live`: providers and nodes were asked; `status`: the status branch; `file`: a saved observation. */
  readonly source: 'live' | 'status' | 'file';
  /** Commit of the status branch; null for other sources. */
  readonly commit: string | null;
  /** RFC 3339; time of the observation or of the last record. */
  readonly at: string | null;
  /** Age when the plan was made. */
  readonly ageSeconds: number | null;
}

export interface PlanSummary {
  readonly actions: number;
  readonly byRisk: Readonly<Record<Risk, number>>;
  /** Actions that a revert cannot undo completely. */
  readonly irreversible: number;
  /** Actions that restore data. */
  readonly restores: number;
  /** Sum over all actions in seconds; actions on different nodes may overlap. */
  readonly estimatedDowntimeSeconds: number;
  readonly blocked: number;
  /** Blocked until a person acts. */
  readonly needsPerson: number;
}

export type PlannedAction = Omit<Action, 'target' | 'exclusive' | 'desiredDigest'> & {
  readonly node: NodeName;
};

export type BlockedItem = Omit<Blocked, 'action' | 'notBefore' | 'timezone'> & {
  /** Id of the blocked action; unique together with the reason. */
  readonly id: ActionId;
  /** The blocked action; null when it is not known. */
  readonly action: PlannedAction | null;
  /** RFC 3339; the earliest time at which it runs by itself; null when unknown. */
  readonly notBefore: string | null;
  /** IANA time zone in which to display `notBefore`; null for UTC. */
  readonly timezone: string | null;
};

/** Context of a plan. */
export type PlanContext = Partial<Pick<PlanJson, 'fleet' | 'observed' | 'reverts' | 'notes'>>;

export const risks = ['data', 'downtime', 'restart', 'none'] as const satisfies readonly Risk[];

export function planJson(plan: Plan, context: PlanContext = {}): PlanJson {
  return {
    format: 'pressluft-plan',
    version: planFormatVersion,
    fleet: context.fleet ?? null,
    commit: plan.commit,
    digest: plan.digest,
    observed: context.observed ?? null,
    reverts: context.reverts ?? [],
    notes: context.notes ?? [],
    summary: summaryOf(plan.actions, plan.blocked),
    actions: plan.actions.map(plannedAction),
    blocked: plan.blocked.map(blocked),
    ...(plan.notApplied.length === 0 ? {} : { notApplied: plan.notApplied.map(notAppliedJson) }),
  };
}

type Counted = Pick<Action, 'risk' | 'undo' | 'restores' | 'downtime'>;

/** Counts of a set of actions and blocked items. */
export function summaryOf(
  actions: readonly Counted[],
  blocked: readonly Pick<Blocked, 'needsPerson'>[],
): PlanSummary {
  const withRisk = (risk: Risk) => actions.filter((action) => action.risk === risk).length;
  return {
    actions: actions.length,
    byRisk: {
      none: withRisk('none'),
      restart: withRisk('restart'),
      downtime: withRisk('downtime'),
      data: withRisk('data'),
    },
    irreversible: actions.filter((action) => !action.undo.byRevert).length,
    restores: actions.filter((action) => action.restores !== null).length,
    estimatedDowntimeSeconds: actions.reduce((sum, action) => sum + action.downtime.seconds, 0),
    blocked: blocked.length,
    needsPerson: blocked.filter((item) => item.needsPerson).length,
  };
}

/** Copied member by member, so that new internal fields do not become part of the format. */
function plannedAction(action: Action): PlannedAction {
  return {
    id: action.id,
    kind: action.kind,
    resource: action.resource,
    node: action.target.node,
    reason: action.reason,
    message: action.message,
    cause: action.cause,
    formerFile: action.formerFile,
    // JSON has no undefined: a missing value is null.
    changes: action.changes.map(({ field, before, after }) => ({
      field,
      before: before ?? null,
      after: after ?? null,
    })),
    dependsOn: action.dependsOn,
    risk: action.risk,
    downtime: action.downtime,
    undo: action.undo,
    restores: action.restores,
    digest: action.digest,
  };
}

function notAppliedJson({ resource, field, value, why }: NotApplied): NotApplied {
  return { resource, field, value, why };
}

function blocked(item: Blocked): BlockedItem {
  const name = item.resource.slice(item.resource.indexOf('/') + 1);
  return {
    id: item.action?.id ?? `${item.kind}:${name}`,
    resource: item.resource,
    node: item.node,
    kind: item.kind,
    reason: item.reason,
    message: item.message,
    nextStep: item.nextStep,
    needsPerson: item.needsPerson,
    cause: item.cause,
    action: item.action === undefined ? null : plannedAction(item.action),
    notBefore: item.notBefore ?? null,
    timezone: item.timezone ?? null,
  };
}
