import { quoted } from '../diagnostics/printable.ts';
import type { FleetIndex, FleetProblem, Located } from '../fleet-index.ts';
import { claimedDomains } from './environment-checks.ts';

interface Claim {
  readonly where: Located;
  readonly path: readonly string[];
}

/** One domain in two environments: both are on hold. Twice in the same environment is reported by its own checks. */
export function domainChecks(index: FleetIndex): FleetProblem[] {
  const claims = new Map<string, Claim[]>();
  for (const where of index.byKind.Environment) {
    for (const { domain, path } of claimedDomains(where.document.value)) {
      const same = claims.get(domain);
      if (same === undefined) claims.set(domain, [{ where, path }]);
      else same.push({ where, path });
    }
  }
  const problems: FleetProblem[] = [];
  for (const [domain, all] of claims) {
    for (const { where, path } of all.length > 1 ? all : []) {
      const other = all.find((claim) => claim.where.document.ref !== where.document.ref);
      if (other === undefined) continue;
      const message = `the domain ${quoted(domain)} belongs to ${other.where.document.ref} too (${quoted(other.where.file.path)})`;
      problems.push({ where, problem: { code: 'PL1052', message, path, at: 'value' } });
    }
  }
  return problems;
}
