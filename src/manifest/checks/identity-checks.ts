import { diagnosticCodes } from '../diagnostics/catalogue.ts';
import { quoted } from '../diagnostics/printable.ts';
import type { FleetIndex, FleetProblem } from '../fleet-index.ts';
import { configPath } from './document-checks.ts';

/** Two documents of one kind and name: both are on hold, as nobody can know which one is meant. */
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

/** A second Pressluft manifest in the right file; those in other files are reported where they are. */
export function configCountChecks(index: FleetIndex): FleetProblem[] {
  return index.byKind.Pressluft.filter(({ file }) => file.path === configPath)
    .slice(1)
    .map((where) => {
      const message = 'there is more than one manifest of kind Pressluft';
      return {
        where,
        problem: { code: diagnosticCodes.manifestMisplaced, message, path: ['kind'], at: 'value' },
      };
    });
}
