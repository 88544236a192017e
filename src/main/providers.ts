import { hetzner } from '../adapters/hetzner/provider.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { type CloudTypeName, providerTypes } from '../manifest/kinds/provider/types/index.ts';
import type { CloudProviderType } from '../manifest/kinds/provider/types/provider-type.ts';
import type { ProviderAccounts, ProviderAdapter, ProviderOptions } from '../ports/provider.ts';

/** A provider type: its facts for manifests, and its adapter. */
export interface RegisteredProvider extends Pick<CloudProviderType, 'endpoint'> {
  readonly adapter: ProviderAdapter;
}

export type ProviderRegistry = Readonly<Record<string, RegisteredProvider>>;

const adapters: Readonly<Record<CloudTypeName, ProviderAdapter>> = {
  hetzner,
};

/** Every provider type that can acquire machines, by the `type` in the manifest. */
export const providers: ProviderRegistry = Object.fromEntries(
  Object.entries(adapters).map(([type, adapter]) => [
    type,
    { endpoint: providerTypes[type as CloudTypeName].endpoint, adapter },
  ]),
);

export function registeredProvider(registry: ProviderRegistry, type: string): RegisteredProvider {
  const registered = Object.hasOwn(registry, type) ? registry[type] : undefined;
  if (registered !== undefined) return registered;
  throw new PressluftError(errors.internal, `there is no adapter for the provider type ${type}`);
}

/** The accounts of each provider type, opened on the first call and then cached. */
export function openProviders(
  registry: ProviderRegistry,
  options: ProviderOptions,
): (type: string) => Promise<ProviderAccounts> {
  const opened = new Map<string, Promise<ProviderAccounts>>();
  return (type) => {
    const accounts = opened.get(type) ?? registeredProvider(registry, type).adapter.open(options);
    opened.set(type, accounts);
    return accounts;
  };
}
