import type { KnownOffers } from '../../../../fleet/server-types.ts';

/** What is known of a type of provider without asking it. `machines` is what it can do: see `DesiredProvider`. */
export type ProviderType = CloudProviderType | { readonly machines: 'existing' };

export interface CloudProviderType {
  readonly machines: 'acquired';
  /** Its name in messages. */
  readonly title: string;
  /** Default base URL of the API. Tokens go to its origin without permission of the controller. */
  readonly endpoint: string;
  /** Of manifests that do not name one. */
  readonly location: string;
  readonly image: string;
  /** For checks that have no answer of the API at hand; an answer always takes precedence. */
  readonly offers: KnownOffers;
}
