import { canonicalJson } from '../fleet/digest.ts';
import type { ActionId, ActionKind } from '../fleet/plan.ts';
import type { Reason } from '../fleet/reasons.ts';
import type { BlockedItem, PlanJson, PlannedAction } from './plan-json.ts';

/** Raised when a member changes its meaning or goes away. */
export const comparisonFormatVersion = 3;

/** What a merge adds to what is waiting already: `schemas/plan-comparison.schema.json`. */
export interface PlanComparison {
  readonly format: 'pressluft-plan-comparison';
  readonly version: typeof comparisonFormatVersion;
  /** The plan without the merge. */
  readonly base: { readonly commit: string; readonly digest: string };
  /** The plan with the merge: all that will be done, what is pending already included. */
  readonly plan: PlanJson;
  readonly summary: {
    readonly added: number;
    readonly pending: number;
    readonly resolved: number;
  };
  /** In `plan` and not, or otherwise, in the base. In the order of the plan, actions first. */
  readonly added: readonly AddedItem[];
  /** In both alike: done even without this merge. */
  readonly pending: readonly ComparedItem[];
  /** In the base only: the merge makes it unnecessary. */
  readonly resolved: readonly ResolvedItem[];
}

/** Names an action or a blocked item of a plan. */
export interface ComparedItem {
  readonly id: ActionId;
  readonly reason: Reason;
  readonly blocked: boolean;
}

export type AddedItem = ComparedItem & {
  /** `changed`: the base has the same action, but with another content or in another state. */
  readonly change: 'new' | 'changed';
};

export type ResolvedItem = ComparedItem & {
  readonly kind: ActionKind;
  readonly resource: string;
  readonly message: string;
};

/**
 * Tells what `head` adds beyond `base`: two plans of the same observed state. Items are matched by id and by what would be
 * done; the commit, positions in files, moments and digests do not count, since every commit moves them.
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
  return {
    format: 'pressluft-plan-comparison',
    version: comparisonFormatVersion,
    base: { commit: base.commit, digest: base.digest },
    plan: head,
    summary: { added: added.length, pending: pending.length, resolved: resolved.length },
    added,
    pending,
    resolved,
  };
}

/** Equal for an item of a plan and the entry of a comparison that names it. */
export function comparedKey({ id, reason, blocked }: ComparedItem): string {
  return `${blocked ? 'blocked' : 'action'} ${id} ${reason}`;
}

interface Item extends ComparedItem {
  /** The id without the commit, which restore points carry in theirs. */
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

/** There is one restore point of a resource in a plan. */
function stableIdOf(item: PlannedAction | BlockedItem): string {
  const reason = 'dependsOn' in item ? item.reason : item.action?.reason;
  return reason === 'RestorePoint' ? `${item.kind}:${item.resource}` : item.id;
}

function named({ id, reason, blocked }: Item): ComparedItem {
  return { id, reason, blocked };
}

/** What would be done, without what only says when, from where, or after what. */
function actionContent(action: PlannedAction): object {
  const { kind, resource, node, reason, message, formerFile, changes, risk, undo, restores } = action;
  return { kind, resource, node, reason, message, formerFile, changes, risk, lost: undo.lost, restores };
}

function blockedContent(item: BlockedItem): object {
  const { kind, resource, node, reason, message, needsPerson, action } = item;
  const content = action === null ? null : actionContent(action);
  return { kind, resource, node, reason, message, needsPerson, action: content };
}
