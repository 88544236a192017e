import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import type { FieldProblem } from '../diagnostics/problem.ts';

/**
 * A field that this version reads, checks and records without acting on it. Silence would suggest that it works, and an error would
 * prevent people from writing it down.
 */
export function notSupportedYet(path: readonly string[], message: string): FieldProblem {
  return { code: diagnosticCodes.notSupportedYet, severity: 'warning', message, path, at: 'value' };
}
