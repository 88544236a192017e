import { CORE_SCHEMA, load } from 'js-yaml';
import { bareKey } from '../../../src/fleet/naming.ts';

export interface FirstBoot {
  /** Null if the user data contain none: the machine then generates an unknown one. */
  readonly hostKey: string | null;
  readonly users: readonly {
    readonly name: string;
    readonly keys: readonly string[];
    readonly sudo: boolean;
  }[];
}

/** The effect of cloud-init for the user data that Pressluft uses. */
export function firstBoot(userData: string): FirstBoot {
  const config = fields(
    userData.startsWith('#cloud-config') ? load(userData, { schema: CORE_SCHEMA }) : null,
  );
  const hostKey = fields(config.ssh_keys).ed25519_public;
  const users = Array.isArray(config.users) ? config.users : [];
  return {
    hostKey: typeof hostKey === 'string' ? bareKey(hostKey) : null,
    users: users.map(fields).flatMap(({ name, ssh_authorized_keys: keys, sudo }) =>
      typeof name === 'string'
        ? [
            {
              name,
              keys: Array.isArray(keys) ? keys.map(String).map(bareKey) : [],
              sudo: typeof sudo === 'string',
            },
          ]
        : [],
    ),
  };
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
