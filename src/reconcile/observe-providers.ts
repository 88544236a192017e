import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredCloudProvider, DesiredFleet } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { fleetLabel } from '../fleet/naming.ts';
import type { ObservedProvider, ObservedServer } from '../fleet/observed.ts';
import { providerReason } from '../fleet/provider-reason.ts';
import { nothingRecorded, type RecordedFleet } from '../fleet/recorded.ts';
import type { Cloud } from '../ports/cloud.ts';
import type { Deps } from '../ports/index.ts';
import { recordedServerId } from '../record/status/node-details.ts';
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
    message: 'hosts that exist already',
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
  // The losing sleep is aborted below, and that is not an error.
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
    const listed = await cloud.listServers(desired.config.fleet, until);
    const servers = [...listed, ...(await unlisted(desired, provider.name, recorded, listed, cloud, until))];
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

/** The status branch is open to people; a few servers that vanish at once are looked up, and no list of inventions. */
const mostLookups = 50;

/**
 * Servers that are recorded and that the list leaves out, asked for one by one: lists lag behind, and what is taken for gone loses its record
 * and its guards.
 */
async function unlisted(
  desired: DesiredFleet,
  provider: ProviderName,
  recorded: RecordedFleet,
  listed: readonly ObservedServer[],
  cloud: Pick<Cloud, 'getServer'>,
  signal: AbortSignal,
): Promise<readonly ObservedServer[]> {
  const known = new Set(listed.map(({ id }) => id));
  const missing = [...recorded.status.values()].flatMap((status) => {
    const id = status.provider === provider ? recordedServerId(status) : null;
    return id === null || known.has(id) ? [] : [{ id, uid: status.uid }];
  });
  const found = await Promise.all(
    missing
      .slice(0, mostLookups)
      .map(async ({ id, uid }) => ({ uid, server: await cloud.getServer(id, signal) })),
  );
  return found.flatMap(({ uid, server }) =>
    server !== null && server.uid === uid && server.labels[fleetLabel] === desired.config.fleet
      ? [server]
      : [],
  );
}
