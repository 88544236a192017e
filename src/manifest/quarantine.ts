import type { ResourceRef } from '../fleet/brand.ts';
import type { Quarantine } from '../fleet/desired.ts';
import { diagnosticCodes } from './diagnostics/catalogue.ts';
import type { FleetIndex, FleetProblem } from './fleet-index.ts';
import { referringKinds } from './references.ts';

export interface QuarantineFindings {
  readonly quarantine: Quarantine;
  /** Sound resources that wait for a broken one, by the broken one. */
  readonly waiting: ReadonlyMap<ResourceRef, readonly ResourceRef[]>;
}

/**
 * Puts on hold every resource of a broken file, every resource that is missing although something refers to it, and all that
 * depends on either, directly or not.
 */
export function findQuarantine(
  index: FleetIndex,
  brokenFiles: ReadonlySet<string>,
  missing: ReadonlySet<ResourceRef>,
  strangers: ReadonlySet<string>,
): QuarantineFindings {
  if (brokenFiles.size === 0 && missing.size === 0) return nothingHeld(strangers);
  const resources = new Set<ResourceRef>(missing);
  for (const [ref, all] of index.byRef) {
    if (all.some(({ file }) => brokenFiles.has(file.path))) resources.add(ref);
  }
  const broken = new Set(resources);
  const dependents = dependentsOf(index);
  const waiting = new Map<ResourceRef, ResourceRef[]>();
  for (const cause of broken) {
    const found = reach(dependents, cause).filter((ref) => !broken.has(ref));
    for (const ref of found) resources.add(ref);
    if (found.length > 0) waiting.set(cause, found);
  }
  return { quarantine: { files: brokenFiles, resources, strangers }, waiting };
}

function nothingHeld(strangers: ReadonlySet<string>): QuarantineFindings {
  return { quarantine: { files: new Set(), resources: new Set(), strangers }, waiting: new Map() };
}

function dependentsOf(index: FleetIndex): ReadonlyMap<ResourceRef, readonly ResourceRef[]> {
  const dependents = new Map<ResourceRef, ResourceRef[]>();
  for (const { document } of referringKinds.flatMap((kind) => index.byKind[kind])) {
    for (const { target, waits } of document.references) {
      if (!waits) continue;
      const list = dependents.get(target);
      if (list === undefined) dependents.set(target, [document.ref]);
      else list.push(document.ref);
    }
  }
  return dependents;
}

function reach(
  dependents: ReadonlyMap<ResourceRef, readonly ResourceRef[]>,
  from: ResourceRef,
): ResourceRef[] {
  const found = new Set<ResourceRef>();
  const open = [from];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const dependent of dependents.get(next) ?? []) {
      if (!found.has(dependent)) open.push(dependent);
      found.add(dependent);
    }
  }
  found.delete(from);
  return [...found];
}

/** One warning at each broken resource that others wait for, rather than one at each that waits. */
export function waitingProblems(index: FleetIndex, { waiting }: QuarantineFindings): FleetProblem[] {
  return [...waiting].flatMap(([cause, found]) => {
    const where = index.byRef.get(cause)?.[0];
    if (where === undefined) return [];
    const shown = found.slice(0, 5).join(', ');
    const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
    const message = `on hold until ${cause} is corrected: ${shown}${more}`;
    return [
      {
        where,
        problem: {
          code: diagnosticCodes.resourceQuarantined,
          message,
          path: ['metadata', 'name'],
          at: 'value',
        },
      },
    ];
  });
}
