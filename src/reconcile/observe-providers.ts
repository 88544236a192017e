import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet, DesiredHetznerProvider } from '../fleet/desired.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { ObservedProvider } from '../fleet/observed.ts';
import { providerReason } from '../fleet/provider-reason.ts';
import type { Deps } from '../ports/index.ts';
import { type OfferMemory, offeredServerTypes } from './offers.ts';

/** An empty request budget takes the client up to two minutes to wait out; a provider that is slower must not hold up all the others. */
const patienceMs = 150_000;

/**
 * Looks at every provider at the same time; one that fails is degraded and says why. What providers offer is asked for only by whoever
 * remembers it, in `offers`.
 */
export async function observeProviders(
  deps: Deps,
  desired: DesiredFleet,
  signal: AbortSignal,
  offers: OfferMemory | null = null,
): Promise<ReadonlyMap<ProviderName, ObservedProvider>> {
  const seen = await Promise.all(
    [...desired.providers.values()].map((provider) =>
      provider.kind === 'static'
        ? staticProvider(provider.name)
        : observeHetzner(deps, desired, provider, signal, offers),
    ),
  );
  for (const name of offers?.keys() ?? []) if (!desired.providers.has(name)) offers?.delete(name);
  return new Map(seen.map((provider) => [provider.name, provider]));
}

function staticProvider(name: ProviderName): ObservedProvider {
  return {
    name,
    state: 'connected',
    reason: 'Connected',
    message: 'hosts that exist already',
    servers: [],
    serverTypes: null,
  };
}

async function observeHetzner(
  deps: Deps,
  desired: DesiredFleet,
  provider: DesiredHetznerProvider,
  signal: AbortSignal,
  offers: OfferMemory | null,
): Promise<ObservedProvider> {
  const patience = new AbortController();
  let slow = false;
  // The losing sleep is aborted below, and that is not an error.
  void deps.clock.sleep(patienceMs, patience.signal).then(
    () => {
      slow = true;
      patience.abort(
        new PressluftError('PL4002', `${provider.endpoint} did not answer in ${patienceMs / 1000} s`),
      );
    },
    () => undefined,
  );
  try {
    const cloud = await deps.cloud(provider);
    const servers = await cloud.listServers(desired.config.fleet, AbortSignal.any([signal, patience.signal]));
    const serverTypes =
      offers === null ? null : await offeredServerTypes(deps, offers, provider, cloud, signal);
    return {
      name: provider.name,
      state: 'connected',
      reason: 'Connected',
      message: 'the token works',
      servers,
      serverTypes,
    };
  } catch (error) {
    // A stopping process is not a finding about the provider.
    signal.throwIfAborted();
    const found = providerReason(slow ? patience.signal.reason : error);
    return {
      ...found,
      name: provider.name,
      message: deps.secrets.redact(found.message),
      servers: [],
      serverTypes: null,
    };
  } finally {
    patience.abort();
  }
}
