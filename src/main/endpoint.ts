import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { resourceRef } from '../fleet/resource.ts';
import type { JudgedUse } from '../ports/secrets.ts';
import { type ProviderRegistry, registeredProvider } from './providers.ts';
import type { Settings } from './settings.ts';

/**
 * The endpoint that a provider's token may be sent to. The controller decides: its own override for the type, the API of the type, or
 * an origin in `allowedEndpoints`. A manifest alone cannot send a token anywhere else.
 */
export function endpointFor(
  registry: ProviderRegistry,
  { type, endpoint: requested }: Pick<DesiredCloudProvider, 'type' | 'endpoint'>,
  settings: Pick<Settings, 'providerEndpoints' | 'allowedEndpoints'>,
): string {
  const override = settings.providerEndpoints.get(type);
  if (override !== undefined) return override;
  const origin = URL.canParse(requested) ? new URL(requested).origin : '';
  const own = new URL(registeredProvider(registry, type).endpoint).origin;
  if (origin === own || settings.allowedEndpoints.includes(origin)) return requested;
  throw new PressluftError(
    errors.settingInvalid,
    `this controller does not send tokens to the endpoint ${requested}`,
    {
      hint: `To allow it, set PRESSLUFT_ALLOWED_ENDPOINTS=${origin} on the controller.`,
    },
  );
}

/** What the token of a provider is used for. An override is a setting of the controller, so no grant of the repository has to name it. */
export function tokenUse(
  { name, type, endpoint, grants }: Pick<DesiredCloudProvider, 'name' | 'type' | 'endpoint' | 'grants'>,
  settings: Pick<Settings, 'providerEndpoints'>,
): JudgedUse {
  const asked = URL.canParse(endpoint) ? new URL(endpoint).host : '';
  const host = settings.providerEndpoints.has(type) ? null : asked;
  return { resource: resourceRef('Provider', name), field: 'token', host, grants };
}
