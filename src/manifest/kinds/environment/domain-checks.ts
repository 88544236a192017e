import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem, Located } from '../../fleet-index.ts';
import { claimedDomains } from './claimed-domains.ts';

/** One domain twice in the same environment. */
export function repeatedDomainChecks(value: Json): FieldProblem[] {
  const seen = new Set<string>();
  return claimedDomains(value).flatMap(({ domain, path }) => {
    const again = seen.has(domain);
    seen.add(domain);
    const message = `${quoted(domain)} is named twice in this environment`;
    return again ? [{ code: diagnosticCodes.domainUnusable, message, path, at: 'value' as const }] : [];
  });
}

/** One domain in two environments: both are quarantined. */
export function sharedDomainChecks(index: FleetIndex): FleetProblem[] {
  const first = new Map<string, Located>();
  const contested = new Map<string, Set<Located>>();
  for (const where of index.byKind.Environment) {
    for (const domain of where.document.domains) {
      const holder = first.get(domain);
      if (holder === undefined) first.set(domain, where);
      else if (holder.document.ref !== where.document.ref) {
        contested.set(domain, (contested.get(domain) ?? new Set([holder])).add(where));
      }
    }
  }
  return [...contested].flatMap(([domain, all]) =>
    [...all].map((where) => conflict(domain, where, [...all])),
  );
}

function conflict(domain: string, where: Located, all: readonly Located[]): FleetProblem {
  const other = all.find((claimant) => claimant !== where) ?? where;
  const message = `the domain ${quoted(domain)} belongs to ${other.document.ref} too (${quoted(other.file.path)})`;
  const claim = claimedDomains(where.document.value).find((candidate) => candidate.domain === domain);
  const path = claim?.path ?? ['spec', 'domains'];
  return { where, problem: { code: diagnosticCodes.domainDuplicate, message, path, at: 'value' } };
}
