import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredCloudProvider, DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import type { ObservedProvider } from '../fleet/observed.ts';
import { providerReason } from '../fleet/provider-reason.ts';
import { nothingRecorded, type RecordedFleet } from '../fleet/recorded.ts';
import type { Cloud } from '../ports/cloud.ts';
import type { Deps } from '../ports/index.ts';
import { findServers } from './find-servers.ts';
import { type OfferMemory, offeredServerTypes } from './offers.ts';

/** The client waits up to two minutes for its request budget; a slower provider must not delay all others. */
const patienceMs = 150_000;

/**
 * Observes all providers in parallel; one that fails is degraded, with a reason. Server types are requested only if the caller
 * caches them, in `offers`.
 */
export async function observeProviders(
  deps: Deps,
  desired: DesiredFleet,
  signal: AbortSignal,
  offers: OfferMemory | null = null,
  recorded: RecordedFleet = nothingRecorded,
): Promise<ReadonlyMap<ProviderName, ObservedProvider>> {
  const seen = await Promise.all(
    [...desired.providers.values()].map((provider) =>
      provider.machines === 'existing'
        ? existingHosts(provider.name)
        : observeCloud(deps, desired, provider, signal, offers, recorded),
    ),
  );
  for (const name of offers?.keys() ?? []) if (!desired.providers.has(name)) offers?.delete(name);
  return new Map(seen.map((provider) => [provider.name, provider]));
}

function existingHosts(name: ProviderName): ObservedProvider {
  return {
    name,
    state: 'connected',
    reason: 'Connected',
    message: 'existing hosts',
    servers: [],
    serverTypes: null,
  };
}

async function observeCloud(
  deps: Deps,
  desired: DesiredFleet,
  provider: DesiredCloudProvider,
  signal: AbortSignal,
  offers: OfferMemory | null,
  recorded: RecordedFleet,
): Promise<ObservedProvider> {
  const patience = new AbortController();
  let slow = false;
  // The sleep that loses the race is aborted below; that is not an error.
  void deps.clock.sleep(patienceMs, patience.signal).then(
    () => {
      slow = true;
      patience.abort(
        new PressluftError(
          errors.providerUnreachable,
          `${provider.endpoint} did not answer in ${patienceMs / 1000} s`,
        ),
      );
    },
    () => undefined,
  );
  try {
    const cloud = await deps.cloud(provider);
    const until = AbortSignal.any([signal, patience.signal]);
    const [found, firewalls] = await Promise.all([
      findServers(cloud, { desired, recorded, provider: provider.name }, until),
      firewallsOf(cloud, desired, provider, until),
    ]);
    const serverTypes =
      offers === null ? null : await offeredServerTypes(deps, offers, provider, cloud, signal);
    return {
      name: provider.name,
      state: 'connected',
      reason: 'Connected',
      message: 'the token is valid',
      ...found,
      ...(firewalls === null ? {} : { firewalls }),
      serverTypes,
    };
  } catch (error) {
    // A stopping process says nothing about the provider.
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
    patience.abort('answered');
  }
}

/** Null without nodes: nothing is expected then. */
async function firewallsOf(
  cloud: Pick<Cloud, 'listFirewalls'>,
  { config, nodes }: DesiredFleet,
  { name }: DesiredCloudProvider,
  signal: AbortSignal,
) {
  const isUsed = [...nodes.values()].some(({ provider }) => provider === name);
  return isUsed ? cloud.listFirewalls(config.fleet, signal) : null;
}
