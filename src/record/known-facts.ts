import type { ResourceRef } from '../fleet/brand.ts';
import { appliedClaims } from '../fleet/claims.ts';
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
): Required<Pick<KnownFacts, 'serverTypes' | 'nodeMemoryMib' | 'domainHolders'>> {
  const serverTypes = new Map<string, readonly ServerType[]>();
  const nodeMemoryMib = new Map<string, number>();
  const domainHolders = new Map<string, ResourceRef>();
  const contested = new Set<string>();
  for (const status of documents) {
    const { ref, details } = status;
    const parsed = parseResourceRef(ref);
    if (parsed?.kind === 'Provider') {
      const offer = readOffer(details.serverTypes);
      if (offer === null) continue;
      const isRecent = now - offer.asOfMs < availabilityHoldsMs;
      serverTypes.set(parsed.name, isRecent ? offer.serverTypes : offer.serverTypes.map(obtainable));
    } else if (parsed?.kind === 'Node' && isHost(details)) {
      nodeMemoryMib.set(parsed.name, details.memoryMib);
    } else if (parsed?.kind === 'Environment') {
      for (const domain of servedDomains(status)) {
        if (domainHolders.has(domain)) contested.add(domain);
        domainHolders.set(domain, ref);
      }
    }
  }
  for (const domain of contested) domainHolders.delete(domain);
  return { serverTypes, nodeMemoryMib, domainHolders };
}

/** Only hosts: the memory of a server follows from its type, and the manifest may name another type than the observed one. */
function isHost(details: StatusDocument['details']): details is { readonly memoryMib: number } {
  const { memoryMib } = details;
  return typeof memoryMib === 'number' && memoryMib > 0 && nodeDetailsOf({ details }).server === null;
}

function obtainable(type: ServerType): ServerType {
  return { ...type, locations: type.locations.map((place) => ({ ...place, available: true })) };
}

/** A retained environment serves nothing, so its domains are free. */
function servedDomains({ applied, conditions }: StatusDocument): ReadonlySet<string> {
  if (applied === null || conditions.some(({ reason }) => reason === 'Retained')) return new Set();
  const hosts = appliedClaims(applied).filter(({ kind, origin }) => kind === 'host' && origin === 'written');
  return new Set(hosts.map(({ name }) => name));
}
