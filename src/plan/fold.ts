import { canonicalJson } from '../fleet/digest.ts';
import type { BlockedItem, PlannedAction } from './plan-json.ts';

/** Equal items of different resources; at least one. */
export interface Folded<T> {
  readonly first: T;
  readonly all: readonly T[];
}

/** Fewer equal items than this are easier to read one by one. */
const worthFolding = 3;

/** Groups equal changes of many resources at the position of the first. No item is dropped. */
export function foldActions(actions: readonly PlannedAction[]): readonly Folded<PlannedAction>[] {
  return fold(actions, sayingOf, withoutFile);
}

export function foldBlocked(items: readonly BlockedItem[]): readonly Folded<BlockedItem>[] {
  return fold(items, sayingOfBlocked, (item) => ({
    ...item,
    action: item.action === null ? null : withoutFile(item.action),
  }));
}

/** Each resource has a file of its own. */
function withoutFile(action: PlannedAction): PlannedAction {
  return { ...action, formerFile: null };
}

function sayingOfBlocked(item: BlockedItem): object {
  const { kind, resource, reason, message, nextStep, needsPerson, action, notBefore } = item;
  const would = action === null ? null : sayingOf(action);
  return { kind, type: typeOf(resource), reason, message, nextStep, needsPerson, would, notBefore };
}

/** Every item on its own. */
export function unfolded<T>(items: readonly T[]): readonly Folded<T>[] {
  return items.map((item) => ({ first: item, all: [item] }));
}

/** `environment` of `environment/acme-production`. */
export function typeOf(resource: string): string {
  const slash = resource.indexOf('/');
  return slash > 0 ? resource.slice(0, slash) : 'resource';
}

/** The displayed content of an action without its resource. Restored data differs for every environment. */
function sayingOf(action: PlannedAction): object {
  const { id, kind, resource, reason, message, changes, risk, restores, undo } = action;
  const own = restores === null ? null : id;
  const restorePoint = undo.restorePoint?.kind ?? null;
  const { byRevert, lost } = undo;
  return { kind, type: typeOf(resource), reason, message, changes, risk, byRevert, lost, restorePoint, own };
}

function fold<T>(
  items: readonly T[],
  saying: (item: T) => object,
  common: (item: T) => T,
): readonly Folded<T>[] {
  const place = new Map(items.map((item, index) => [item, index]));
  const groups = [...Map.groupBy(items, (item) => canonicalJson(saying(item))).values()].flatMap((all) =>
    all.length < worthFolding ? all.map((item) => [item]) : [all],
  );
  const placeOf = ([first]: readonly T[]) => (first === undefined ? 0 : (place.get(first) ?? 0));
  return groups
    .sort((a, b) => placeOf(a) - placeOf(b))
    .flatMap((all) =>
      all.slice(0, 1).map((first) => ({ first: all.length === 1 ? first : common(first), all })),
    );
}
