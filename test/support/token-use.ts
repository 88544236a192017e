import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { JudgedUse } from '../../src/ports/secrets.ts';

/** The token of a provider, in a fleet without grants. */
export const tokenUse: JudgedUse = {
  resource: 'provider/hetzner' as ResourceRef,
  field: 'token',
  host: 'api.hetzner.cloud',
  grants: [],
};
