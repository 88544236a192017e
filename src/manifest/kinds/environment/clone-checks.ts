import type { ResourceRef } from '../../../fleet/brand.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { type FleetIndex, type FleetProblem, type Located, nameOf, referred } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';

const path = ['spec', 'source', 'clone'];

/** Environments that are clones of one another in a cycle, or clones of an environment of another site. */
export function cloneChecks(index: FleetIndex): FleetProblem[] {
  const sources = new Map<ResourceRef, Located>();
  for (const where of index.byKind.Environment) {
    const source = referred(index, where.document, 'source.clone');
    if (source !== undefined) sources.set(where.document.ref, source);
  }
  if (sources.size === 0) return [];
  const cycles = cyclesIn(sources);
  return index.byKind.Environment.flatMap((where): FleetProblem[] => {
    const source = sources.get(where.document.ref);
    if (source === undefined) return [];
    const cycle = cycles.get(where.document.ref);
    return cycle === undefined ? otherSite(where, source) : [circular(where, cycle)];
  });
}

/** The cycle of each environment that is part of one; environments that only refer to a cycle are not. Every edge is followed once. */
function cyclesIn(
  sources: ReadonlyMap<ResourceRef, Located>,
): ReadonlyMap<ResourceRef, readonly ResourceRef[]> {
  const cycles = new Map<ResourceRef, readonly ResourceRef[]>();
  const settled = new Set<ResourceRef>();
  for (const start of sources.keys()) {
    const walk: ResourceRef[] = [];
    const position = new Map<ResourceRef, number>();
    for (let next: ResourceRef | undefined = start; next !== undefined && !settled.has(next); ) {
      const seen = position.get(next);
      if (seen !== undefined) {
        const cycle = walk.slice(seen);
        for (const ref of cycle) cycles.set(ref, cycle);
        break;
      }
      position.set(next, walk.length);
      walk.push(next);
      next = sources.get(next)?.document.ref;
    }
    for (const ref of walk) settled.add(ref);
  }
  return cycles;
}

function circular(where: Located, cycle: readonly ResourceRef[]): FleetProblem {
  const { ref } = where.document;
  const turned = [...cycle.slice(cycle.indexOf(ref)), ...cycle.slice(0, cycle.indexOf(ref))].map(nameOf);
  const shown = turned.length <= 8 ? turned : [...turned.slice(0, 7), `… ${turned.length - 7} more`];
  const message =
    cycle.length === 1
      ? `${ref} is a clone of itself`
      : `these environments are clones of one another, so none of them can be created first: ${[...shown, nameOf(ref)].join(' → ')}`;
  const expected = 'the name of an environment that exists already, or source: new';
  return { where, problem: { code: diagnosticCodes.cloneCycle, message, path, at: 'value', expected } };
}

function otherSite(where: Located, source: Located): FleetProblem[] {
  const own = stringAt(where.document.value, 'spec', 'site');
  const other = stringAt(source.document.value, 'spec', 'site');
  if (own === undefined || other === undefined || own === other) return [];
  const message = `${where.document.ref} of the site ${own} starts with the content and the accounts of ${source.document.ref}, of the site ${other}`;
  return [{ where, problem: { code: diagnosticCodes.cloneOfOtherSite, message, path, at: 'value' } }];
}
