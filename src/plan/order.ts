import type { Action, ActionId, ActionKind, Blocked } from '../fleet/plan.ts';

const rank: Readonly<Record<ActionKind, number>> = {
  'node.create': 0,
  'node.provision': 1,
  'backup.create': 2,
  'environment.stop': 3,
  'environment.start': 4,
  'environment.converge': 5,
  'environment.clone': 6,
  'backup.restore': 6,
  'environment.promote': 7,
  'environment.retain': 9,
  'environment.delete': 10,
  'node.delete': 11,
};
/** A backup that was asked for together with the environment it is of. */
const backupOfTheNew = 8;

/**
 * The order of a plan. Machines before what runs on them; a backup before what it guards against, or right after what makes its
 * environment; settings before data that are cloned or restored, and these before code that moves onto them; deletions last, and of those
 * the environments before their node. Within a step what others wait for first, then by the name of the resource, then by id.
 * Dependencies only ever point backwards.
 */
export function compareActions(depth: ReadonlyMap<ActionId, number>) {
  return (a: Action, b: Action): number =>
    rankOf(a) - rankOf(b) ||
    (depth.get(a.id) ?? 0) - (depth.get(b.id) ?? 0) ||
    compareText(a.resource, b.resource) ||
    compareText(a.id, b.id);
}

/** The actions in the order of a plan. */
export function inOrder(actions: readonly Action[]): readonly Action[] {
  return [...actions].sort(compareActions(depthsOf(actions)));
}

function rankOf({ kind, dependsOn }: Action): number {
  const afterItsEnvironment =
    kind === 'backup.create' &&
    dependsOn.some((id) => id.startsWith('environment.') || id.startsWith('backup.'));
  return afterItsEnvironment ? backupOfTheNew : rank[kind];
}

/** Length of the longest chain of dependencies within the same kind, e.g. of clones of clones. */
function depthsOf(actions: readonly Action[]): ReadonlyMap<ActionId, number> {
  const byId = new Map(actions.map((action) => [action.id, action]));
  const depths = new Map<ActionId, number>();
  for (const action of actions) {
    // A loop and not a recursion: a chain may be as long as the fleet is large.
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
