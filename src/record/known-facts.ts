import type { ServerType } from '../fleet/observed.ts';
import type { StatusDocument } from '../fleet/recorded.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { KnownFacts } from '../manifest/index.ts';
import { readOffer } from './recorded-offer.ts';
import { nodeDetailsOf } from './status/node-details.ts';

/** Types are seldom sold out for long: older information causes no warning. */
const availabilityHoldsMs = 7 * 86_400_000;

/** Facts for manifest checks from the records of the last pass; `now` is the wall clock in ms. Pure. */
export function factsFromRecords(
  documents: Iterable<StatusDocument>,
  now: number,
): Required<Pick<KnownFacts, 'serverTypes' | 'nodeMemoryMib'>> {
  const serverTypes = new Map<string, readonly ServerType[]>();
  const nodeMemoryMib = new Map<string, number>();
  for (const { ref, details } of documents) {
    const parsed = parseResourceRef(ref);
    if (parsed?.kind === 'Provider') {
      const offer = readOffer(details.serverTypes);
      if (offer === null) continue;
      const isRecent = now - offer.asOfMs < availabilityHoldsMs;
      serverTypes.set(parsed.name, isRecent ? offer.serverTypes : offer.serverTypes.map(obtainable));
    } else if (parsed?.kind === 'Node' && isHost(details)) {
      nodeMemoryMib.set(parsed.name, details.memoryMib);
    }
  }
  return { serverTypes, nodeMemoryMib };
}

/** Only hosts: the memory of a server follows from its type, and the manifest may name another type than the observed one. */
function isHost(details: StatusDocument['details']): details is { readonly memoryMib: number } {
  const { memoryMib } = details;
  return typeof memoryMib === 'number' && memoryMib > 0 && nodeDetailsOf({ details }).server === null;
}

function obtainable(type: ServerType): ServerType {
  return { ...type, locations: type.locations.map((place) => ({ ...place, available: true })) };
}
