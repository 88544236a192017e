import { createHetznerAccounts } from '../../../src/adapters/hetzner/accounts.ts';
import { createHetznerCloud } from '../../../src/adapters/hetzner/hetzner-cloud.ts';
import type { DesiredCloudProvider } from '../../../src/fleet/desired.ts';
import type { Clock } from '../../../src/ports/clock.ts';
import type { Deps } from '../../../src/ports/index.ts';
import type { Log } from '../../../src/ports/log.ts';
import type { ProviderAccount } from '../../../src/ports/provider.ts';
import type { Random } from '../../../src/ports/random.ts';
import type { Gate } from '../core/index.ts';
import { simConnection } from './sim-connection.ts';
import type { SimHetzner } from './sim-hetzner.ts';

export interface SimCloudDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const endpoint = 'https://api.hetzner.cloud/v1';

/** The production adapter of one process over a simulated project. */
export function simCloud(
  gate: Gate,
  account: SimHetzner,
  deps: SimCloudDeps & { readonly token: string },
): ProviderAccount {
  return createHetznerCloud({
    ...deps,
    endpoint,
    connect: (options) => simConnection(gate, account, options),
  });
}

export interface SimCloudsDeps extends SimCloudDeps {
  /** The current token of a provider; may come from the secrets of the process. */
  readonly tokenOf: (provider: DesiredCloudProvider) => Promise<string>;
}

/** `Deps.cloud` of one process: one client for each endpoint and token, as in production. `accountAt` returns the project of an endpoint. */
export function simClouds(
  gate: Gate,
  accountAt: (endpoint: string) => SimHetzner,
  { tokenOf, ...deps }: SimCloudsDeps,
): Deps['cloud'] {
  const accounts = createHetznerAccounts({
    ...deps,
    connect: (options) => simConnection(gate, accountAt(options.endpoint), options),
  });
  return async (provider) => accounts(provider.endpoint, await tokenOf(provider));
}
