import type { FleetConfig } from '../fleet/config.ts';
import type { DesiredFleet } from '../fleet/desired.ts';
import { type SecretGrant, secretName } from '../fleet/secret-grants.ts';

/** The parts of a fleet that say where secrets go. `providers` is absent if only the configuration is known. */
export interface SecretDestinations {
  readonly config: Pick<FleetConfig, 'secrets'>;
  readonly providers?: DesiredFleet['providers'];
}

/** One sentence for each use and each host of a secret that `after` allows and `before` does not. */
export function newDestinations(before: SecretDestinations, after: SecretDestinations): readonly string[] {
  const known = new Set(granted(before.config.secrets.grants));
  const grants = granted(after.config.secrets.grants).filter((use) => !known.has(use));
  if (before.providers === undefined) return grants;
  const asked = new Set(ofProviders(before.providers));
  return [...grants, ...ofProviders(after.providers ?? new Map()).filter((use) => !asked.has(use))];
}

function granted(grants: readonly SecretGrant[]): readonly string[] {
  return grants.flatMap(({ secret, to, fields, hosts }) =>
    to.flatMap((resource) =>
      (fields ?? ['any field']).flatMap((field) => {
        const use = `New use of a secret: ${secretName(secret)} as ${field} of ${resource}`;
        return hosts.length === 0 ? [`${use}.`] : hosts.map((host) => `${use}, sent to ${host}.`);
      }),
    ),
  );
}

function ofProviders(providers: DesiredFleet['providers']): readonly string[] {
  return [...providers.values()].flatMap((provider) => {
    if (provider.machines === 'existing') return [];
    const { name, token, endpoint } = provider;
    const host = URL.canParse(endpoint) ? new URL(endpoint).host : endpoint;
    return [`New use of a secret: ${secretName(token)} as token of provider/${name}, sent to ${host}.`];
  });
}
