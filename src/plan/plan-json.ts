import type { CommitSha, NodeName } from '../fleet/brand.ts';
import type { Action, ActionId, Blocked, Plan, Risk } from '../fleet/plan.ts';

/** Raised when a member changes its meaning or goes away. A later release may add members: readers skip what they do not know. */
export const planFormatVersion = 2;

/** The form of a plan for programs: `schemas/plan.schema.json`. Secrets are redacted already when the plan is made. */
export interface PlanJson {
  readonly format: 'pressluft-plan';
  readonly version: typeof planFormatVersion;
  /** Name of the fleet; null when the caller did not say. */
  readonly fleet: string | null;
  /** All zeros for a directory that is not committed. */
  readonly commit: CommitSha;
  /** An approval of this digest is void once the commit or what was observed moves. */
  readonly digest: string;
  readonly observed: Observation | null;
  /** Commits that the planned commits undo by `git revert`. */
  readonly reverts: readonly CommitSha[];
  /** What a reader must know about how the plan was made, a sentence each. */
  readonly notes: readonly string[];
  readonly summary: PlanSummary;
  /** In an order in which they may be carried out one by one. */
  readonly actions: readonly PlannedAction[];
  readonly blocked: readonly BlockedItem[];
}

/** Where the plan took the state of the fleet from. */
export interface Observation {
  /** `live`: providers and nodes were asked; `status`: the status branch; `file`: a saved observation. */
  readonly source: 'live' | 'status' | 'file';
  /** Commit of the status branch; null for other sources. */
  readonly commit: string | null;
  /** RFC 3339; when it was looked at or last recorded. */
  readonly at: string | null;
  /** How old that was when the plan was made. */
  readonly ageSeconds: number | null;
}

export interface PlanSummary {
  readonly actions: number;
  readonly byRisk: Readonly<Record<Risk, number>>;
  /** Actions of which a revert cannot undo everything. */
  readonly irreversible: number;
  /** Actions that bring data back. */
  readonly restores: number;
  /** Seconds, over all actions; actions on different nodes may overlap. */
  readonly estimatedDowntimeSeconds: number;
  readonly blocked: number;
  /** Blocked until a person acts. */
  readonly needsPerson: number;
}

export type PlannedAction = Omit<Action, 'target' | 'exclusive' | 'desiredDigest'> & {
  readonly node: NodeName;
};

export type BlockedItem = Omit<Blocked, 'action' | 'notBefore' | 'timezone'> & {
  /** Of the action that is blocked; with the reason it tells blocked items apart. */
  readonly id: ActionId;
  /** What would be done; null when that is not known. */
  readonly action: PlannedAction | null;
  /** RFC 3339; the earliest moment at which it acts by itself; null when no moment is known. */
  readonly notBefore: string | null;
  /** IANA zone in which people read `notBefore`; null for UTC. */
  readonly timezone: string | null;
};

/** What is known about a plan beside the plan itself. */
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
  };
}

type Counted = Pick<Action, 'risk' | 'undo' | 'restores' | 'downtime'>;

/** Counts of some actions and blocked items. */
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

/** Member by member, so that a new internal field does not leak into the format. */
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
    // JSON has no undefined: a field without a value is null on that side.
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
