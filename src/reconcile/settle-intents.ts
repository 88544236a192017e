import type { NodeName } from '../fleet/brand.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { uidOf } from '../fleet/naming.ts';
import type { ObservedFleet } from '../fleet/observed.ts';
import { parseResourceRef } from '../fleet/resource.ts';
import type { Deps } from '../ports/index.ts';

/** Lists of a provider may be outdated; after this time they show the result of an intent. */
const keptMs = 3_600_000;

/**
 * Deletes create intents of nodes without a manifest, once every provider reports that no server was created. A
 * provider that does not answer or has no manifest any more, or a manifest that cannot be read, proves nothing.
 */
export function settleIntents(
  { store, clock }: Pick<Deps, 'store' | 'clock'>,
  desired: DesiredFleet,
  observed: ObservedFleet,
): void {
  const intents = store.intents();
  if (intents.length === 0) return;
  const providers = [...desired.providers.values()].filter(({ machines }) => machines === 'acquired');
  if (providers.length === 0 || desired.quarantine.files.size > 0) return;
  if (providers.some(({ name }) => observed.providers.get(name)?.state !== 'connected')) return;
  const uids = new Set(
    [...observed.providers.values()].flatMap(({ servers }) => servers.map(({ uid }) => uid)),
  );
  for (const { id, resource, createdAt } of intents) {
    if (clock.now() - createdAt < keptMs) continue;
    const parsed = parseResourceRef(resource);
    if (parsed?.kind !== 'Node' || desired.nodes.has(parsed.name as NodeName)) continue;
    if (!uids.has(uidOf(desired.config.fleet, resource))) store.deleteIntent(id);
  }
}
