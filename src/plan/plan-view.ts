import { type ComparedItem, comparedKey, type PlanComparison, type ResolvedItem } from './compare-plans.ts';
import {
  type HeldBack,
  type PlanJson,
  type PlannedAction,
  type PlanSummary,
  summaryOf,
} from './plan-json.ts';

/** What renderers show: one plan, or what a merge adds. */
export type PlanSubject = PlanJson | PlanComparison;

/** A subject with its items apart: what is shown in full, and what is only mentioned. */
export interface PlanView {
  readonly plan: PlanJson;
  /** Null for one plan on its own. */
  readonly comparison: PlanComparison | null;
  readonly actions: readonly PlannedAction[];
  readonly heldBack: readonly HeldBack[];
  /** Counts of the two above. */
  readonly summary: PlanSummary;
  readonly pendingActions: readonly PlannedAction[];
  readonly pendingHeldBack: readonly HeldBack[];
  readonly resolved: readonly ResolvedItem[];
}

export function viewOf(subject: PlanSubject): PlanView {
  if (subject.format === 'pressluft-plan') {
    const { actions, blocked, summary } = subject;
    const none = { comparison: null, pendingActions: [], pendingHeldBack: [], resolved: [] };
    return { ...none, plan: subject, actions, heldBack: blocked, summary };
  }
  const { plan } = subject;
  // Two items may share a name; then neither is hidden among the pending ones.
  const pending = new Set(subject.pending.map(comparedKey)).difference(
    new Set(subject.added.map(comparedKey)),
  );
  const waits = (heldBack: boolean) => (item: PlannedAction | HeldBack) =>
    pending.has(comparedKey({ id: item.id, reason: item.reason, heldBack } satisfies ComparedItem));
  const [pendingActions, actions] = split(plan.actions, waits(false));
  const [pendingHeldBack, heldBack] = split(plan.blocked, waits(true));
  return {
    plan,
    comparison: subject,
    actions,
    heldBack,
    summary: summaryOf(actions, heldBack),
    pendingActions,
    pendingHeldBack,
    resolved: subject.resolved,
  };
}

function split<T>(items: readonly T[], first: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(first), items.filter((item) => !first(item))];
}
