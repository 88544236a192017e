import type { ResourceRef } from '../../fleet/brand.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { quoted } from '../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, nameOf, namesOfKind } from '../fleet-index.ts';
import type { ParsedFile } from '../parsed-file.ts';
import { referringKinds } from '../references.ts';

export interface ReferenceFindings {
  readonly problems: readonly FleetProblem[];
  /** Resources that are referred to and have no manifest, with the problem of one reference. They may exist, and must not be changed. */
  readonly missing: ReadonlyMap<ResourceRef, FleetProblem>;
}

export function referenceChecks(
  index: FleetIndex,
  files: readonly ParsedFile[],
  refused: { has(ref: ResourceRef): boolean } = new Set(),
): ReferenceFindings {
  const problems: FleetProblem[] = [];
  const missing = new Map<ResourceRef, FleetProblem>();
  for (const where of referringKinds.flatMap((kind) => index.byKind[kind])) {
    for (const { field, target, targetKind, shields, alternative } of where.document.references) {
      if (index.byRef.has(target) || refused.has(target)) continue;
      const name = nameOf(target);
      const guess = nearest(name, namesOfKind(index, targetKind));
      const expected = `the name of ${article(targetKind)} manifest${alternative}${unreadableHint(files)}`;
      const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
      const message = `there is no ${targetKind} ${quoted(name)}`;
      const path = ['spec', ...field.split('.')];
      const problem: FleetProblem = {
        where,
        problem: { code: diagnosticCodes.referenceUnknown, message, path, at: 'value', expected, suggestion },
      };
      problems.push(problem);
      if (shields && !missing.has(target)) missing.set(target, problem);
    }
  }
  return { problems, missing };
}

function article(kind: ResourceKind): string {
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** The name may be in a file that could not be read, or in one that lost its manifests. */
function unreadableHint(files: readonly ParsedFile[]): string {
  const without = files.filter((file) => file.documents.length === 0);
  const unreadable = without.find((file) => file.diagnostics.some((d) => d.severity === 'error'));
  if (unreadable !== undefined) return `; it may be in ${quoted(unreadable.path)}, which could not be read`;
  const empty = without.find(({ loss }) => loss?.kind === 'empty' || loss?.kind === 'comments');
  return empty === undefined ? '' : `; it may have been in ${quoted(empty.path)}, which has no manifest`;
}
