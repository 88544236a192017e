import { sha256Hex } from '../../fleet/digest.ts';
import type { ProviderAccount, ProviderAccounts } from '../../ports/provider.ts';
import { createHetznerCloud, type HetznerOptions } from './hetzner-cloud.ts';

/** Limit, because clients of rotated tokens remain; the oldest are removed first. */
const maxAccounts = 32;

/**
 * One client for each (endpoint, token), so that all users of an account share its rate-limit budget and its action
 * poller. The caller resolves the token again for each call; an unchanged one gives the same client.
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
