import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { quoted } from '../../diagnostics/printable.ts';
import type { FleetIndex, FleetProblem } from '../../fleet-index.ts';
import { nameOf } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import { systemDefaults } from '../../resolve/system-defaults.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { claimedDomains } from './claimed-domains.ts';

/**
 * Written domains that are preview hosts of other environments, are below one, or cover all of them. Judged by their form and not by known
 * addresses: a node may get any address later.
 */
export function previewChecks(
  index: FleetIndex,
  { config }: Pick<NeighbourhoodContext, 'config'>,
): FleetProblem[] {
  if (config === undefined) return [];
  const previewDomain = stringAt(config, 'spec', 'previewDomain') ?? systemDefaults.previewDomain;
  return index.byKind.Environment.flatMap((where) => {
    if (!where.document.domains.some((domain) => domain.endsWith(previewDomain))) return [];
    const own = nameOf(where.document.ref);
    return claimedDomains(where.document.value).flatMap(({ domain, path }): FleetProblem[] => {
      const taken = ownerOf(domain, previewDomain);
      if (taken === null || taken.owner === own) return [];
      const message =
        taken.owner === null
          ? `${quoted(domain)} is the parent of the preview hosts of ${taken.of}`
          : `${quoted(domain)} is reserved: it has the form of a preview host of environment/${taken.owner}`;
      const expected = `a domain of this environment; ${quoted(own)} has its own preview host without being named here`;
      const code = diagnosticCodes.previewHostTaken;
      return [{ where, problem: { code, message, path, at: 'value', expected } }];
    });
  });
}

const dashedAddress = /^[0-9]{1,3}(?:-[0-9]{1,3}){3}$/;

type Taken =
  | { readonly owner: string }
  | { readonly owner: null; readonly of: 'all environments' | 'all environments of a node' };

/** To whom a host name belongs by its form; null for any other name. */
function ownerOf(domain: string, previewDomain: string): Taken | null {
  if (domain === previewDomain) return { owner: null, of: 'all environments' };
  if (!domain.endsWith(`.${previewDomain}`)) return null;
  const labels = domain.slice(0, -previewDomain.length - 1).split('.');
  if (!dashedAddress.test(labels.at(-1) ?? '')) return null;
  const owner = labels.at(-2);
  return owner === undefined ? { owner: null, of: 'all environments of a node' } : { owner };
}
