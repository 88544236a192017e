import type { ResourceRef } from '../fleet/brand.ts';
import type { Quarantine } from '../fleet/desired.ts';
import { diagnosticCodes } from './diagnostics/catalogue.ts';
import type { FleetIndex, FleetProblem } from './fleet-index.ts';
import { referringKinds } from './references.ts';

export interface QuarantineFindings {
  readonly quarantine: Quarantine;
  /** Valid resources that depend on a broken one, by the broken one. */
  readonly dependents: ReadonlyMap<ResourceRef, readonly ResourceRef[]>;
}

/**
 * Quarantines every resource of a broken file, every resource that is referred to and has no manifest, and all resources that
 * depend on either, directly or not.
 */
export function findQuarantine(
  index: FleetIndex,
  brokenFiles: ReadonlySet<string>,
  missing: ReadonlySet<ResourceRef>,
  notManifests: ReadonlySet<string>,
): QuarantineFindings {
  if (brokenFiles.size === 0 && missing.size === 0) return nothingQuarantined(notManifests);
  const resources = new Set<ResourceRef>(missing);
  for (const [ref, all] of index.byRef) {
    if (all.some(({ file }) => brokenFiles.has(file.path))) resources.add(ref);
  }
  const broken = new Set(resources);
  const direct = dependentsOf(index);
  const dependents = new Map<ResourceRef, ResourceRef[]>();
  for (const cause of broken) {
    const found = reach(direct, cause).filter((ref) => !broken.has(ref));
    for (const ref of found) resources.add(ref);
    if (found.length > 0) dependents.set(cause, found);
  }
  return { quarantine: { files: brokenFiles, resources, notManifests }, dependents };
}

function nothingQuarantined(notManifests: ReadonlySet<string>): QuarantineFindings {
  return {
    quarantine: { files: new Set(), resources: new Set(), notManifests },
    dependents: new Map(),
  };
}

function dependentsOf(index: FleetIndex): ReadonlyMap<ResourceRef, readonly ResourceRef[]> {
  const dependents = new Map<ResourceRef, ResourceRef[]>();
  for (const { document } of referringKinds.flatMap((kind) => index.byKind[kind])) {
    for (const { target, quarantinedWithTarget } of document.references) {
      if (!quarantinedWithTarget) continue;
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

/** One warning at each broken resource that has dependents, instead of one at each dependent. */
export function dependentProblems(index: FleetIndex, { dependents }: QuarantineFindings): FleetProblem[] {
  return [...dependents].flatMap(([cause, found]) => {
    const where = index.byRef.get(cause)?.[0];
    if (where === undefined) return [];
    const shown = found.slice(0, 5).join(', ');
    const more = found.length > 5 ? ` and ${found.length - 5} more` : '';
    const message = `quarantined until ${cause} is corrected: ${shown}${more}`;
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
