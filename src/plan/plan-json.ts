import type { CommitSha, NodeName } from '../fleet/brand.ts';
import type { Action, Blocked, Plan, Risk } from '../fleet/plan.ts';

/** Raised when a member changes its meaning or goes away; new members may appear at any time. */
export const planFormatVersion = 1;

/** The form of a plan for programs. Secrets are redacted already when the plan is made. */
export interface PlanJson {
  readonly format: 'pressluft-plan';
  readonly version: typeof planFormatVersion;
  readonly commit: CommitSha;
  /** An approval of this digest is void once the commit or what was observed moves. */
  readonly digest: string;
  readonly summary: {
    readonly actions: number;
    readonly byRisk: Readonly<Record<Risk, number>>;
    readonly irreversible: number;
    /** Seconds, over all actions; actions on different nodes may overlap. */
    readonly estimatedDowntimeSeconds: number;
    readonly blocked: number;
    /** Blocked until a person acts. */
    readonly needsPerson: number;
  };
  /** In an order in which they may be carried out one by one. */
  readonly actions: readonly PlannedAction[];
  readonly blocked: readonly Blocked[];
}

export type PlannedAction = Omit<Action, 'target' | 'exclusive' | 'wish'> & { readonly node: NodeName };

export function planJson(plan: Plan): PlanJson {
  const { actions, blocked } = plan;
  const withRisk = (risk: Risk) => actions.filter((action) => action.risk === risk).length;
  return {
    format: 'pressluft-plan',
    version: planFormatVersion,
    commit: plan.commit,
    digest: plan.digest,
    summary: {
      actions: actions.length,
      byRisk: {
        none: withRisk('none'),
        restart: withRisk('restart'),
        downtime: withRisk('downtime'),
        data: withRisk('data'),
      },
      irreversible: actions.filter((action) => !action.undo.byRevert).length,
      estimatedDowntimeSeconds: actions.reduce((sum, action) => sum + action.downtime.seconds, 0),
      blocked: blocked.length,
      needsPerson: blocked.filter((item) => item.needsPerson).length,
    },
    actions: actions.map(plannedAction),
    blocked,
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
    changes: action.changes,
    dependsOn: action.dependsOn,
    risk: action.risk,
    downtime: action.downtime,
    undo: action.undo,
    restores: action.restores,
    digest: action.digest,
  };
}
