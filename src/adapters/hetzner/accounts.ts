import { sha256Hex } from '../../fleet/digest.ts';
import type { ProviderAccount, ProviderAccounts } from '../../ports/provider.ts';
import { createHetznerCloud, type HetznerOptions } from './hetzner-cloud.ts';

/** Rotated tokens leave their client behind; the oldest go first. */
const maxAccounts = 32;

/**
 * One client for each (endpoint, token), so that everything that talks to an account shares its rate-limit budget and its action
 * poller. The token is resolved anew by the caller for each call; an unchanged one gives the same client.
 */
export function createHetznerAccounts(
  deps: Omit<HetznerOptions, 'endpoint' | 'token' | 'rateBudget'>,
): ProviderAccounts {
  const accounts = new Map<string, ProviderAccount>();
  return (endpoint, token) => {
    const key = sha256Hex(`${endpoint}\n${token}`);
    const cloud = accounts.get(key) ?? createHetznerCloud({ ...deps, endpoint, token });
    accounts.delete(key);
    accounts.set(key, cloud);
    for (const oldest of accounts.keys()) {
      if (accounts.size <= maxAccounts) break;
      accounts.delete(oldest);
    }
    return cloud;
  };
}
