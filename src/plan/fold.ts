import { canonicalJson } from '../fleet/digest.ts';
import type { BlockedItem, PlannedAction } from './plan-json.ts';

/** Items that say the same of different resources; at least one. */
export interface Folded<T> {
  readonly first: T;
  readonly all: readonly T[];
}

/** Fewer equal items than this are easier to read one by one. */
const worthFolding = 3;

/**
 * Puts the same change in many resources together, at the place of its first. Nothing is left out. Where the words name the
 * resource, `first` has an ellipsis instead.
 */
export function foldActions(actions: readonly PlannedAction[]): readonly Folded<PlannedAction>[] {
  return fold(actions, (action) => canonicalJson(sayingOf(action)), generalAction);
}

export function foldBlocked(items: readonly BlockedItem[]): readonly Folded<BlockedItem>[] {
  return fold(items, (item) => canonicalJson(sayingOfBlocked(item)), generalBlocked);
}

function sayingOfBlocked(item: BlockedItem): object {
  const { kind, resource, reason, needsPerson, action, notBefore } = item;
  const { message, nextStep } = generalBlocked(item);
  const would = action === null ? null : sayingOf(action);
  return { kind, type: typeOf(resource), reason, message, nextStep, needsPerson, would, notBefore };
}

function generalBlocked(item: BlockedItem): BlockedItem {
  const { resource, message, nextStep, action } = item;
  return {
    ...item,
    message: general(message, resource),
    nextStep: general(nextStep, resource),
    action: action === null ? null : generalAction(action),
  };
}

function generalAction(action: PlannedAction): PlannedAction {
  const { resource, message, undo } = action;
  const lost = undo.lost === null ? null : general(undo.lost, resource);
  return { ...action, message: general(message, resource), undo: { ...undo, lost } };
}

/** A sentence without the name of the resource that it is about. */
function general(text: string, resource: string): string {
  const name = resource.slice(resource.indexOf('/') + 1).replace(/[^\w-]/g, '\\$&');
  return text.replace(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'g'), '…');
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
  const { id, kind, resource, reason, changes, risk, restores } = action;
  const { message, undo } = generalAction(action);
  const own = restores === null ? null : id;
  const restorePoint = undo.restorePoint?.kind ?? null;
  const { byRevert, lost } = undo;
  return { kind, type: typeOf(resource), reason, message, changes, risk, byRevert, lost, restorePoint, own };
}

function fold<T>(
  items: readonly T[],
  saying: (item: T) => string,
  generalise: (item: T) => T,
): readonly Folded<T>[] {
  const place = new Map(items.map((item, index) => [item, index]));
  const groups = [...Map.groupBy(items, saying).values()].flatMap((all) =>
    all.length < worthFolding ? all.map((item) => [item]) : [all],
  );
  const placeOf = ([first]: readonly T[]) => (first === undefined ? 0 : (place.get(first) ?? 0));
  return groups
    .sort((a, b) => placeOf(a) - placeOf(b))
    .flatMap((all) =>
      all.slice(0, 1).map((first) => ({ first: all.length === 1 ? first : generalise(first), all })),
    );
}
