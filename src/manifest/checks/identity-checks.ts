import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FleetIndex, FleetProblem } from '../fleet-index.ts';

/** Two documents of one kind and name: both are quarantined, as nobody can know which one is meant. */
export function duplicateChecks(index: FleetIndex): FleetProblem[] {
  const problems: FleetProblem[] = [];
  for (const [ref, all] of index.byRef) {
    for (const where of all.length > 1 ? all : []) {
      const others = all.filter((other) => other !== where).map((other) => quoted(other.file.path));
      const message = `${ref} is defined ${all.length} times, also in ${[...new Set(others)].slice(0, 3).join(', ')}`;
      problems.push({
        where,
        problem: {
          code: diagnosticCodes.resourceDuplicate,
          message,
          path: ['metadata', 'name'],
          at: 'value',
        },
      });
    }
  }
  return problems;
}
