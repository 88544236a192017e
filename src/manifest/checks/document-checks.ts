import type { Json } from '../../fleet/digest.ts';
import type { ResourceKind } from '../../fleet/resource.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';
import { manifestKinds } from '../kinds/index.ts';
import { annotationChecks } from './annotation-checks.ts';
import { secretReferenceChecks } from './secret-reference-checks.ts';

/** Checks of one document that a schema cannot express: those for all kinds, then those of its kind. */
export function documentChecks(kind: ResourceKind, value: Json, file: string): readonly FieldProblem[] {
  return [
    ...annotationChecks(kind, value),
    ...secretReferenceChecks(kind, value),
    ...manifestKinds[kind].documentChecks.flatMap((check) => check(value, file)),
  ];
}
