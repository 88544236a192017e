import type { ProviderAdapter } from '../../ports/provider.ts';

/** Hetzner Cloud. The HTTP client takes 20 MB, so it is loaded with the first account: never by `status` or a fleet of existing hosts. */
export const hetzner: ProviderAdapter = {
  endpointVariable: 'PRESSLUFT_HCLOUD_ENDPOINT',
  open: async (options) => (await import('./accounts.ts')).createHetznerAccounts(options),
};
