import { canonicalJson } from '../fleet/digest.ts';
import type { HeldBack, PlannedAction } from './plan-json.ts';

/** Items that say the same of different resources; at least one. */
export interface Folded<T> {
  readonly first: T;
  readonly all: readonly T[];
}

/** Fewer equal items than this are easier to read one by one. */
const worthFolding = 3;

/** Puts the same change in many resources together, at the place of its first. Nothing is left out. */
export function foldActions(actions: readonly PlannedAction[]): readonly Folded<PlannedAction>[] {
  return fold(actions, (action) => canonicalJson(sayingOf(action)));
}

export function foldHeldBack(items: readonly HeldBack[]): readonly Folded<HeldBack>[] {
  return fold(items, ({ kind, resource, reason, message, nextStep, needsPerson, action, notBefore }) => {
    const would = action === null ? null : sayingOf(action);
    return canonicalJson({
      kind,
      type: typeOf(resource),
      reason,
      message,
      nextStep,
      needsPerson,
      would,
      notBefore,
    });
  });
}

/** Every item on its own. */
export function unfolded<T>(items: readonly T[]): readonly Folded<T>[] {
  return items.map((item) => ({ first: item, all: [item] }));
}

/** `environment` of `environment/acme-production`. */
export function typeOf(resource: string): string {
  return /^[a-z]+(?=\/)/.exec(resource)?.[0] ?? 'resource';
}

/** What a reader is told of an action, without whom it is about. Data that comes back differs with every environment. */
function sayingOf(action: PlannedAction): object {
  const { id, kind, resource, reason, message, changes, risk, undo, restores } = action;
  const own = restores === null ? null : id;
  const restorePoint = undo.restorePoint?.kind ?? null;
  const { byRevert, lost } = undo;
  return { kind, type: typeOf(resource), reason, message, changes, risk, byRevert, lost, restorePoint, own };
}

function fold<T>(items: readonly T[], sayingOfItem: (item: T) => string): readonly Folded<T>[] {
  const bySaying = Map.groupBy(items, sayingOfItem);
  const folded = [...bySaying.values()].flatMap((group) =>
    group.length < worthFolding ? unfolded(group) : group.slice(0, 1).map((first) => ({ first, all: group })),
  );
  const place = new Map(items.map((item, index) => [item, index]));
  return folded.sort((a, b) => (place.get(a.first) ?? 0) - (place.get(b.first) ?? 0));
}
