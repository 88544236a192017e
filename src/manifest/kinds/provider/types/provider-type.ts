import type { ProviderCommands } from '../../../../fleet/server-identity.ts';
import type { KnownOffers } from '../../../../fleet/server-types.ts';

/** Built-in facts about a type of provider. `machines` is its capability: see `DesiredProvider`. */
export type ProviderType = CloudProviderType | { readonly machines: 'existing' };

export interface CloudProviderType {
  readonly machines: 'acquired';
  /** Its name in messages. */
  readonly title: string;
  /** Default base URL of the API. Tokens go to its origin without permission of the controller. */
  readonly endpoint: string;
  /** Default for manifests that do not name one. */
  readonly location: string;
  readonly image: string;
  /** For checks without an answer of the API; an answer always takes precedence. */
  readonly offers: KnownOffers;
  /** Commands of its own tool that messages recommend. */
  readonly commands: ProviderCommands;
}
