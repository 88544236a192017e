import type { DesiredCloudProvider } from '../fleet/desired.ts';
import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';
import { type ProviderRegistry, registeredProvider } from './providers.ts';
import type { Settings } from './settings.ts';

/**
 * Where a provider's token may be sent. The controller decides: to the address that it sets itself for providers of this type, to the
 * type's own API, or to an origin among `allowedEndpoints`; a manifest alone can send a token nowhere else.
 */
export function endpointFor(
  registry: ProviderRegistry,
  { type, endpoint: asked }: Pick<DesiredCloudProvider, 'type' | 'endpoint'>,
  settings: Pick<Settings, 'providerEndpoints' | 'allowedEndpoints'>,
): string {
  const override = settings.providerEndpoints.get(type);
  if (override !== undefined) return override;
  const origin = URL.canParse(asked) ? new URL(asked).origin : '';
  const own = new URL(registeredProvider(registry, type).endpoint).origin;
  if (origin === own || settings.allowedEndpoints.includes(origin)) return asked;
  throw new PressluftError(
    errors.settingInvalid,
    `the endpoint ${asked} is not one that this controller sends tokens to`,
    {
      hint: `If it is meant, set PRESSLUFT_ALLOWED_ENDPOINTS=${origin} on the controller.`,
    },
  );
}
