import type { NodeName } from '../../../fleet/brand.ts';
import { contestedClaims } from '../../../fleet/claims.ts';
import { serverName } from '../../../fleet/naming.ts';
import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, nameOf } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import type { FleetContext } from '../manifest-kind.ts';

/** Servers of one fleet with an equal name: a long name is cut, and another node can be named like the result. */
export function serverNameChecks(
  index: FleetIndex,
  { config }: Pick<FleetContext, 'config'>,
): FleetProblem[] {
  const fleet = config === undefined ? undefined : stringAt(config, 'metadata', 'name');
  if (fleet === undefined) return [];
  const servers = index.byKind.Node.filter(
    ({ document }) => stringAt(document.value, 'spec', 'address') === undefined,
  );
  const claimed = servers.map((where) => {
    const name = serverName(fleet, nameOf(where.document.ref) as NodeName);
    return [where, [{ kind: 'server', name, origin: 'derived' } as const]] as const;
  });
  return contestedClaims(claimed, () => false).flatMap(({ claim, claimants }) => {
    const refs = new Set(claimants.map(({ document }) => document.ref));
    if (refs.size === 1) return [];
    return claimants.map((where): FleetProblem => {
      const other = [...refs].find((ref) => ref !== where.document.ref);
      const message = `its server would be named ${quoted(claim.name)}, as that of ${other}`;
      const code = diagnosticCodes.nameContested;
      return { where, problem: { code, message, path: ['metadata', 'name'], at: 'value' } };
    });
  });
}
