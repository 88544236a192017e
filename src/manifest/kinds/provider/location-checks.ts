import { diagnosticCodes } from '../../diagnostics/catalogue.ts';
import { nearest } from '../../diagnostics/nearest.ts';
import { quoted } from '../../diagnostics/printable.ts';
import { type FleetIndex, type FleetProblem, type Located, nameOf, referred } from '../../fleet-index.ts';
import { stringAt } from '../../plain.ts';
import type { NeighbourhoodContext } from '../manifest-kind.ts';
import { cloudTypeOf } from './types/index.ts';

/** `spec.location` of nodes, or of providers as a default, that is known neither to the provider nor to Pressluft. */
export function locationChecks(
  all: readonly Located[],
  index: FleetIndex,
  { serverTypes }: NeighbourhoodContext,
): FleetProblem[] {
  return all.flatMap((where): FleetProblem[] => {
    const { document } = where;
    const provider =
      document.kind === 'Provider' ? document : referred(index, document, 'provider')?.document;
    const location = stringAt(document.value, 'spec', 'location');
    const cloud = cloudTypeOf(provider?.value);
    if (location === undefined || provider === undefined || cloud === undefined) return [];
    const offered = serverTypes?.get(nameOf(provider.ref))?.flatMap((type) => type.locations);
    const known = new Set([...cloud.offers.locations, ...(offered ?? []).map((place) => place.location)]);
    if (known.has(location)) return [];
    const guess = nearest(location, known);
    const message = `there is no location ${quoted(location)} that Pressluft or the provider knows`;
    const expected = `one of ${[...known].join(', ')}`;
    const suggestion = guess === undefined ? undefined : `did you mean ${quoted(guess)}?`;
    const problem = { code: diagnosticCodes.locationUnknown, message, expected, suggestion };
    return [{ where, problem: { ...problem, path: ['spec', 'location'], at: 'value' } }];
  });
}
