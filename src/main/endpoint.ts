import { errors } from '../fleet/error-catalogue.ts';
import { PressluftError } from '../fleet/errors.ts';

const hetznerOrigin = 'https://api.hetzner.cloud';

/**
 * Where a provider's token may be sent. The controller decides: to the address that it sets itself, to Hetzner, or to an origin
 * among `allowed`; a manifest alone can send a token nowhere else.
 */
export function endpointFor(
  asked: string,
  settings: { readonly hcloudEndpoint: string | undefined; readonly allowedEndpoints: readonly string[] },
): string {
  if (settings.hcloudEndpoint !== undefined) return settings.hcloudEndpoint;
  const origin = URL.canParse(asked) ? new URL(asked).origin : '';
  if (origin === hetznerOrigin || settings.allowedEndpoints.includes(origin)) return asked;
  throw new PressluftError(
    errors.settingInvalid,
    `the endpoint ${asked} is not one that this controller sends tokens to`,
    {
      hint: `If it is meant, set PRESSLUFT_ALLOWED_ENDPOINTS=${origin} on the controller.`,
    },
  );
}
