import type { ActionCatalogue } from '../fleet/action-traits.ts';
import type { Action, ActionId, Blocked } from '../fleet/plan.ts';

/**
 * The actions in the order of a plan, by the ranks of their kinds: nodes before their environments; a restore point before the action that it protects; any other backup right
 * after the environment is created; settings before data that are cloned or restored, and these before code that is promoted onto them;
 * deletions last, environments before their node. Within a rank: dependencies first, then by resource, then by id. Dependencies always
 * point to earlier actions.
 */
export function inOrder(actions: readonly Action[], kinds: ActionCatalogue): readonly Action[] {
  const rankOf = (action: Action) => rankIn(kinds, action);
  const depth = depthsOf(actions, rankOf);
  return [...actions].sort(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      (depth.get(a.id) ?? 0) - (depth.get(b.id) ?? 0) ||
      compareText(a.resource, b.resource) ||
      compareText(a.id, b.id),
  );
}

function rankIn(kinds: ActionCatalogue, { kind, dependsOn }: Action): number {
  const { rank, rankAfterEnvironment } = kinds[kind];
  if (rankAfterEnvironment === undefined) return rank;
  const isAfter = dependsOn.some((id) => id.startsWith('environment.') || id.startsWith('backup.'));
  return isAfter ? rankAfterEnvironment : rank;
}

/** Length of the longest chain of dependencies within the same rank, e.g. of clones of clones. */
function depthsOf(
  actions: readonly Action[],
  rankOf: (action: Action) => number,
): ReadonlyMap<ActionId, number> {
  const byId = new Map(actions.map((action) => [action.id, action]));
  const depths = new Map<ActionId, number>();
  for (const action of actions) {
    // Iterative: a chain can be as long as the fleet is large, too deep for recursion.
    const open = [action];
    while (open.length > 0) {
      const current = open[open.length - 1];
      if (current === undefined || depths.has(current.id)) {
        open.pop();
        continue;
      }
      const before = current.dependsOn.flatMap((id) => {
        const upstream = byId.get(id);
        return upstream !== undefined && rankOf(upstream) === rankOf(current) ? [upstream] : [];
      });
      const missing = before.filter((upstream) => !depths.has(upstream.id));
      if (missing.length > 0 && open.length <= actions.length) {
        open.push(...missing);
        continue;
      }
      depths.set(current.id, Math.max(-1, ...before.map((upstream) => depths.get(upstream.id) ?? 0)) + 1);
      open.pop();
    }
  }
  return depths;
}

export function compareBlocked(a: Blocked, b: Blocked): number {
  return (
    compareText(a.resource, b.resource) ||
    compareText(a.reason, b.reason) ||
    compareText(a.action?.id ?? a.kind, b.action?.id ?? b.kind)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
