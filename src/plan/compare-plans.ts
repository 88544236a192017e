import { canonicalJson } from '../fleet/digest.ts';
import type { ActionId, ActionKind, NotApplied } from '../fleet/plan.ts';
import type { Reason } from '../fleet/reasons.ts';
import type { BlockedItem, PlanJson, PlannedAction } from './plan-json.ts';

/** Incremented when a member changes its meaning or is removed. */
export const comparisonFormatVersion = 3;

/** Changes that a merge adds to those that are already pending: `schemas/plan-comparison.schema.json`. */
export interface PlanComparison {
  readonly format: 'pressluft-plan-comparison';
  readonly version: typeof comparisonFormatVersion;
  /** The plan without the merge. */
  readonly base: { readonly commit: string; readonly digest: string };
  /** The plan with the merge: all changes, including those that are already pending. */
  readonly plan: PlanJson;
  readonly summary: {
    readonly added: number;
    readonly pending: number;
    readonly resolved: number;
  };
  /** Items of `plan` that the base has not, or has with other content. In the order of the plan, actions first. */
  readonly added: readonly AddedItem[];
  /** Equal in both: done even without this merge. */
  readonly pending: readonly ComparedItem[];
  /** In the base only: no longer needed after the merge. */
  readonly resolved: readonly ResolvedItem[];
  /** Settings of `plan` that this version does not apply and that the base has not; absent if there are none. */
  readonly notApplied?: readonly NotApplied[];
}

/** Identifies an action or a blocked item of a plan. */
export interface ComparedItem {
  readonly id: ActionId;
  readonly reason: Reason;
  readonly blocked: boolean;
}

export type AddedItem = ComparedItem & {
  /** `changed`: the base has the same action with other content or in another state. */
  readonly change: 'new' | 'changed';
};

export type ResolvedItem = ComparedItem & {
  readonly kind: ActionKind;
  readonly resource: string;
  readonly message: string;
};

/**
 * Compares two plans of the same observed state and returns what `head` adds to `base`. Items are matched by id and by what would be
 * done. Commit, file positions, times and digests are ignored because every commit changes them.
 */
export function comparePlans(base: PlanJson, head: PlanJson): PlanComparison {
  const before = itemsOf(base);
  const after = itemsOf(head);
  const known = new Set(before.map((item) => item.content));
  const knownIds = new Set(before.map((item) => item.stableId));
  const wantedIds = new Set(after.map((item) => item.stableId));
  const added = after
    .filter((item) => !known.has(item.content))
    .map((item): AddedItem => ({ ...named(item), change: knownIds.has(item.stableId) ? 'changed' : 'new' }));
  const pending = after.filter((item) => known.has(item.content)).map(named);
  const resolved = before
    .filter((item) => !wantedIds.has(item.stableId))
    .map((item): ResolvedItem => {
      const { kind, resource, message } = item.of;
      return { ...named(item), kind, resource, message };
    });
  const accepted = new Set((base.notApplied ?? []).map((setting) => canonicalJson(setting)));
  const notApplied = (head.notApplied ?? []).filter((setting) => !accepted.has(canonicalJson(setting)));
  return {
    format: 'pressluft-plan-comparison',
    version: comparisonFormatVersion,
    base: { commit: base.commit, digest: base.digest },
    plan: head,
    summary: { added: added.length, pending: pending.length, resolved: resolved.length },
    added,
    pending,
    resolved,
    ...(notApplied.length === 0 ? {} : { notApplied }),
  };
}

/** Key that is equal for a plan item and the comparison entry that refers to it. */
export function comparedKey({ id, reason, blocked }: ComparedItem): string {
  return `${blocked ? 'blocked' : 'action'} ${id} ${reason}`;
}

interface Item extends ComparedItem {
  /** The id without the commit: ids of restore points contain it. */
  readonly stableId: string;
  readonly content: string;
  readonly of: PlannedAction | BlockedItem;
}

function itemsOf(plan: PlanJson): readonly Item[] {
  const item = (of: PlannedAction | BlockedItem, blocked: boolean, content: object): Item => {
    const { id, reason } = of;
    const stableId = stableIdOf(of);
    return { id, reason, blocked, stableId, content: canonicalJson({ stableId, blocked, content }), of };
  };
  return [
    ...plan.actions.map((action) => item(action, false, actionContent(action))),
    ...plan.blocked.map((found) => item(found, true, blockedContent(found))),
  ];
}

/** A plan has at most one restore point for a resource. */
function stableIdOf(item: PlannedAction | BlockedItem): string {
  const reason = 'dependsOn' in item ? item.reason : item.action?.reason;
  return reason === 'RestorePoint' ? `${item.kind}:${item.resource}` : item.id;
}

function named({ id, reason, blocked }: Item): ComparedItem {
  return { id, reason, blocked };
}

/** The content of an item, without its times, positions and dependencies. */
function actionContent(action: PlannedAction): object {
  const { kind, resource, node, reason, message, formerFile, changes, risk, undo, restores } = action;
  return { kind, resource, node, reason, message, formerFile, changes, risk, lost: undo.lost, restores };
}

function blockedContent(item: BlockedItem): object {
  const { kind, resource, node, reason, message, needsPerson, action } = item;
  const content = action === null ? null : actionContent(action);
  return { kind, resource, node, reason, message, needsPerson, action: content };
}
