import type { RecordedFleet } from '../fleet/recorded.ts';
import type { KnownFacts } from '../manifest/index.ts';
import { factsFromRecords } from '../record/known-facts.ts';
import type { PassMemory } from './memory.ts';

/**
 * Facts for manifest checks: the records, updated with later provider answers. Returns the same object while nothing changed, because
 * check results are cached per object.
 */
export function factsNow(memory: PassMemory, recorded: RecordedFleet, now: number): KnownFacts {
  const found = factsFromRecords(recorded.status.values(), now);
  const offered = [...memory.offers].flatMap(([name, { serverTypes }]) =>
    serverTypes === null ? [] : [[name, serverTypes] as const],
  );
  const facts = { ...found, serverTypes: new Map([...found.serverTypes, ...offered]) };
  const text = JSON.stringify([[...facts.serverTypes], [...facts.nodeMemoryMib], [...facts.domainHolders]]);
  if (memory.facts?.text !== text) memory.facts = { text, value: facts };
  return memory.facts.value;
}
