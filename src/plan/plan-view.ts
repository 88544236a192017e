import type { NotApplied } from '../fleet/plan.ts';
import { type ComparedItem, comparedKey, type PlanComparison, type ResolvedItem } from './compare-plans.ts';
import {
  type BlockedItem,
  type PlanJson,
  type PlannedAction,
  type PlanSummary,
  summaryOf,
} from './plan-json.ts';

/** Input of the renderers: one plan, or the changes that a merge adds. */
export type PlanSubject = PlanJson | PlanComparison;

/** A plan with its items divided: those shown in full, and those only mentioned. */
export interface PlanView {
  readonly plan: PlanJson;
  /** Null for a single plan. */
  readonly comparison: PlanComparison | null;
  readonly actions: readonly PlannedAction[];
  readonly blocked: readonly BlockedItem[];
  /** Counts of the two above. */
  readonly summary: PlanSummary;
  readonly pendingActions: readonly PlannedAction[];
  readonly pendingBlocked: readonly BlockedItem[];
  readonly resolved: readonly ResolvedItem[];
  /** Settings that this version does not apply; of a merge only those that it adds. */
  readonly notApplied: readonly NotApplied[];
}

export function viewOf(subject: PlanSubject): PlanView {
  if (subject.format === 'pressluft-plan') {
    const { actions, blocked, summary, notApplied = [] } = subject;
    const none = { comparison: null, pendingActions: [], pendingBlocked: [], resolved: [] };
    return { ...none, plan: subject, actions, blocked, summary, notApplied };
  }
  const { plan } = subject;
  // Two items may share a key; then neither counts as pending.
  const pending = new Set(subject.pending.map(comparedKey)).difference(
    new Set(subject.added.map(comparedKey)),
  );
  const waits = (blocked: boolean) => (item: PlannedAction | BlockedItem) =>
    pending.has(comparedKey({ id: item.id, reason: item.reason, blocked } satisfies ComparedItem));
  const [pendingActions, actions] = split(plan.actions, waits(false));
  const [pendingBlocked, blocked] = split(plan.blocked, waits(true));
  return {
    plan,
    comparison: subject,
    actions,
    blocked,
    summary: summaryOf(actions, blocked),
    pendingActions,
    pendingBlocked,
    resolved: subject.resolved,
    notApplied: subject.notApplied ?? [],
  };
}

function split<T>(items: readonly T[], first: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(first), items.filter((item) => !first(item))];
}
