import { contestedClaims } from '../../../fleet/claims.ts';
import type { Json } from '../../../fleet/digest.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FieldProblem } from '../../diagnostics/problem.ts';
import type { FleetIndex, FleetProblem, Located } from '../../fleet-index.ts';
import type { FleetContext } from '../manifest-kind.ts';
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

/**
 * One domain in several environments: an error of each of them, or only of the newcomers if one of them is known to have it applied. Nothing is
 * quarantined: the plan blocks the same environments, with the knowledge of what is applied.
 */
export function sharedDomainChecks(
  index: FleetIndex,
  { domainHolders }: Pick<FleetContext, 'domainHolders'>,
): FleetProblem[] {
  const claimed = index.byKind.Environment.map(
    (where) =>
      [
        where,
        where.document.domains.map((name) => ({ kind: 'host', name, origin: 'written' }) as const),
      ] as const,
  );
  const holds = ({ document }: Located, { name }: { readonly name: string }) =>
    domainHolders?.get(name) === document.ref;
  return contestedClaims(claimed, holds).flatMap(({ claim, claimants, holder }) => {
    // Two documents of one resource are reported as such.
    if (new Set(claimants.map(({ document }) => document.ref)).size === 1) return [];
    return claimants
      .filter((where) => where !== holder)
      .map((where) => conflict(claim.name, where, holder ?? otherThan(where, claimants), holder !== null));
  });
}

function otherThan(where: Located, claimants: readonly Located[]): Located {
  return claimants.find(({ document }) => document.ref !== where.document.ref) ?? where;
}

function conflict(domain: string, where: Located, other: Located, isApplied: boolean): FleetProblem {
  const message = isApplied
    ? `the domain ${quoted(domain)} belongs to ${other.document.ref}, which has it applied (${quoted(other.file.path)})`
    : `the domain ${quoted(domain)} belongs to ${other.document.ref} too (${quoted(other.file.path)})`;
  const claim = claimedDomains(where.document.value).find((candidate) => candidate.domain === domain);
  const path = claim?.path ?? ['spec', 'domains'];
  return { where, problem: { code: diagnosticCodes.domainDuplicate, message, path, at: 'value' } };
}
