import type { ResourceRef } from '../fleet/brand.ts';
import type { BrokenFile, ManifestFault, Quarantine, QuarantineCause } from '../fleet/quarantine.ts';
import { diagnosticCodes, diagnosticsByCode } from './diagnostics/catalogue.ts';
import { compareDiagnostics, type Diagnostic, isError } from './diagnostics/diagnostic.ts';
import { apiVersion } from './envelope.ts';
import type { FleetIndex, FleetProblem } from './fleet-index.ts';
import { lossyPaths } from './lossy-paths.ts';
import type { ParsedFile } from './parsed-file.ts';
import { referringKinds } from './references.ts';

export interface QuarantineFindings {
  readonly quarantine: Quarantine;
  /** Valid resources that depend on a broken one, by the broken one. */
  readonly dependents: ReadonlyMap<ResourceRef, readonly ResourceRef[]>;
}

/** Resources without a document that counts. */
export interface UndescribedResources {
  /** Those that are referred to and have no document at all, with the error at one reference to each. */
  readonly missing: ReadonlyMap<ResourceRef, Diagnostic>;
  /** Those whose documents are all refused, with the file of one and its error, if it has one of its own. */
  readonly refused: ReadonlyMap<
    ResourceRef,
    { readonly file: string; readonly error: Diagnostic | undefined }
  >;
}

/**
 * Quarantines every resource of a file with errors (except those that the plan decides about), every resource that is referred to and has no
 * manifest, every resource whose manifest is refused, and all resources that depend on one of them, directly or not.
 */
export function findQuarantine(
  index: FleetIndex,
  diagnostics: readonly Diagnostic[],
  { missing, refused }: UndescribedResources,
  read: readonly ParsedFile[],
): QuarantineFindings {
  const lossy = lossyPaths(read);
  const faults = new Map<string, ManifestFault>();
  const ofResource = new Map<ResourceRef, ManifestFault>();
  for (const diagnostic of diagnostics.filter(quarantines).sort(compareDiagnostics)) {
    const { file, resource } = diagnostic;
    if (!faults.has(file)) faults.set(file, faultOf(diagnostic));
    if (resource !== undefined && !ofResource.has(resource)) ofResource.set(resource, faultOf(diagnostic));
  }
  const resources = new Map<ResourceRef, QuarantineCause>();
  const dependents = new Map<ResourceRef, ResourceRef[]>();
  const files = brokenFiles(faults, read);
  if (files.size === 0 && missing.size === 0 && refused.size === 0)
    return { quarantine: { files, resources, lossy }, dependents };
  for (const [ref, diagnostic] of missing)
    resources.set(ref, { kind: 'missing', of: ref, fault: faultOf(diagnostic) });
  for (const [ref, { file, error }] of refused) {
    const fault = error === undefined ? (ofResource.get(ref) ?? files.get(file)) : faultOf(error);
    if (fault !== undefined)
      resources.set(ref, { kind: error === undefined ? 'broken' : 'refused', of: ref, fault });
  }
  for (const [ref, all] of index.byRef) {
    const fault = all.map(({ file }) => files.get(file.path)).find((found) => found !== undefined);
    if (fault !== undefined)
      resources.set(ref, { kind: 'broken', of: ref, fault: ofResource.get(ref) ?? fault });
  }
  const broken = [...resources.values()];
  const direct = dependentsOf(index);
  for (const cause of broken) {
    const found = reach(direct, cause.of).filter((ref) => resources.get(ref)?.of !== ref);
    for (const ref of found) if (!resources.has(ref)) resources.set(ref, cause);
    if (found.length > 0) dependents.set(cause.of, found);
  }
  return { quarantine: { files, resources, lossy }, dependents };
}

function quarantines(diagnostic: Diagnostic): boolean {
  return isError(diagnostic) && diagnosticsByCode[diagnostic.code].quarantines !== false;
}

function brokenFiles(
  faults: ReadonlyMap<string, ManifestFault>,
  read: readonly ParsedFile[],
): ReadonlyMap<string, BrokenFile> {
  if (faults.size === 0) return new Map();
  const byPath = new Map(read.map((file) => [file.path, file]));
  return new Map(
    [...faults].map(([path, fault]) => {
      const file = byPath.get(path);
      return [path, { ...fault, isUnidentified: file !== undefined && isUnidentified(file) }];
    }),
  );
}

/** Broken files of other programs identify nothing, either; only those that may be of Pressluft count. */
function isUnidentified({ text, documents, documentCount }: ParsedFile): boolean {
  if (documents.length > 0 && documents.length === documentCount) return false;
  return text === undefined || text.includes('\0') || text.includes(apiVersion);
}

function faultOf({ code, message, file, line, column }: Diagnostic): ManifestFault {
  return { code, message, position: { file, line, column } };
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
