import type { ProviderName } from '../fleet/brand.ts';
import type { DesiredFleet, DesiredHetznerProvider } from '../fleet/desired.ts';
import { isPressluftError, messageOf } from '../fleet/errors.ts';
import type { ObservedProvider } from '../fleet/observed.ts';
import type { Deps } from '../ports/index.ts';

/** Looks at every provider at the same time; one that fails is degraded and says why. */
export async function observeProviders(
  deps: Deps,
  desired: DesiredFleet,
  signal: AbortSignal,
): Promise<ReadonlyMap<ProviderName, ObservedProvider>> {
  const seen = await Promise.all(
    [...desired.providers.values()].map((provider) =>
      provider.kind === 'static'
        ? staticProvider(provider.name)
        : observeHetzner(deps, desired, provider, signal),
    ),
  );
  return new Map(seen.map((provider) => [provider.name, provider]));
}

function staticProvider(name: ProviderName): ObservedProvider {
  return { name, state: 'connected', reason: 'Connected', message: 'hosts that exist already', servers: [] };
}

async function observeHetzner(
  deps: Deps,
  desired: DesiredFleet,
  provider: DesiredHetznerProvider,
  signal: AbortSignal,
): Promise<ObservedProvider> {
  try {
    const cloud = await deps.cloud(provider);
    const servers = await cloud.listServers(desired.config.fleet, signal);
    return {
      name: provider.name,
      state: 'connected',
      reason: 'Connected',
      message: 'the token works',
      servers,
    };
  } catch (error) {
    // A stopping process is not a finding about the provider.
    signal.throwIfAborted();
    const message = deps.secrets.redact(messageOf(error));
    return { name: provider.name, state: 'degraded', reason: reasonOf(error), message, servers: [] };
  }
}

function reasonOf(error: unknown): string {
  if (isPressluftError(error, 'PL2003')) return 'SecretMissing';
  if (isPressluftError(error, 'PL4001')) return 'TokenRefused';
  if (isPressluftError(error, 'PL4002')) return 'Unreachable';
  if (isPressluftError(error, 'PL4005')) return 'RateLimited';
  if (isPressluftError(error, 'PL4011')) return 'TokenReadOnly';
  return 'Failed';
}
