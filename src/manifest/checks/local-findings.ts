import type { ResourceRef } from '../../fleet/brand.ts';
import { perKind } from '../../fleet/resource.ts';
import type { FleetIndex, FleetProblem, Located } from '../fleet-index.ts';
import { referringKinds } from '../references.ts';

/** The findings of the last load, so that the next one checks only the neighbourhood of changes. */
export interface CheckMemory {
  last: {
    readonly index: FleetIndex;
    readonly context: readonly unknown[];
    readonly problems: readonly FleetProblem[];
  } | null;
}

export function createCheckMemory(): CheckMemory {
  return { last: null };
}

/**
 * The findings of local checks: a finding about a document depends only on that document, its references (direct or not), the
 * environments of the same node, and `context`, which is compared by identity. The checks run over the neighbourhood of the changes
 * since the last load; findings elsewhere are still valid. `check` gets all documents of each kind in that neighbourhood, like a
 * small fleet, and can look up any other document by its name.
 */
export function localFindings(
  memory: CheckMemory,
  index: FleetIndex,
  context: readonly unknown[],
  check: (index: FleetIndex) => readonly FleetProblem[],
): readonly FleetProblem[] {
  const { last } = memory;
  const comparable =
    last !== null &&
    last.context.length === context.length &&
    last.context.every((value, at) => value === context[at]);
  const problems = comparable ? again(last.index, last.problems, index, check) : check(index);
  memory.last = { index, context, problems };
  return problems;
}

function again(
  before: FleetIndex,
  found: readonly FleetProblem[],
  now: FleetIndex,
  check: (index: FleetIndex) => readonly FleetProblem[],
): readonly FleetProblem[] {
  const near = changedResources(before, now);
  if (near.size === 0) return found;
  addDependents(near, now);
  addNeighbours(near, before, now);
  const kept = found.filter(({ where }) => !near.has(where.document.ref));
  return [...kept, ...check(restrictedTo(now, near))];
}

function changedResources(before: FleetIndex, now: FleetIndex): Set<ResourceRef> {
  const changed = new Set<ResourceRef>();
  for (const [ref, all] of now.byRef) {
    if (!sameDocuments(before.byRef.get(ref), all)) changed.add(ref);
  }
  for (const ref of before.byRef.keys()) {
    if (!now.byRef.has(ref)) changed.add(ref);
  }
  return changed;
}

function sameDocuments(before: readonly Located[] | undefined, now: readonly Located[]): boolean {
  if (before === now) return true;
  return (
    before !== undefined &&
    before.length === now.length &&
    now.every(({ document }, at) => document === before[at]?.document)
  );
}

/** All documents that refer to one of these, directly or not. A document that no longer refers to one has changed itself. */
function addDependents(refs: Set<ResourceRef>, now: FleetIndex): void {
  const referring = referringKinds.map((kind) => now.byKind[kind]);
  for (let size = -1; size !== refs.size; ) {
    size = refs.size;
    for (const all of referring) {
      for (const { document } of all) {
        if (document.references.some(({ target }) => refs.has(target))) refs.add(document.ref);
      }
    }
  }
}

/** The current and previous nodes of the environments among these, with all other environments on them. */
function addNeighbours(refs: Set<ResourceRef>, before: FleetIndex, now: FleetIndex): void {
  const documents = [...refs].flatMap((ref) => [
    ...(before.byRef.get(ref) ?? []),
    ...(now.byRef.get(ref) ?? []),
  ]);
  const nodes = new Set(documents.flatMap(({ document }) => nodesOf(document)));
  for (const { document } of now.byKind.Environment) {
    if (document.references.some(({ target }) => nodes.has(target))) refs.add(document.ref);
  }
  for (const node of nodes) refs.add(node);
}

function nodesOf({ references }: Located['document']): readonly ResourceRef[] {
  return references.flatMap(({ target, targetKind }) => (targetKind === 'Node' ? [target] : []));
}

function restrictedTo({ byRef, byKind }: FleetIndex, refs: ReadonlySet<ResourceRef>): FleetIndex {
  const near = (all: readonly Located[]) => all.filter(({ document }) => refs.has(document.ref));
  return { byRef, byKind: perKind((kind) => (kind === 'Pressluft' ? byKind[kind] : near(byKind[kind]))) };
}
