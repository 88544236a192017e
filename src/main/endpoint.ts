import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
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
