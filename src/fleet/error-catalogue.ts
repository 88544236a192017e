import type { Retry } from './errors.ts';
import { secretErrors } from './secret-error-catalogue.ts';

interface CatalogueEntry {
  readonly title: string;
  readonly retry: Retry;
}

const never: Retry = { kind: 'never' };
const backoff: Retry = { kind: 'backoff' };

/**
 * Every operating error by its stable code; codes are never reused. Thousands: 1 manifests (located diagnostics), 2 flags
 * and configuration, 3 the controller's environment (tools, Git, store), 4 provider and nodes, 6 blocked on purpose.
 */
export const errorCatalogue = {
  PL1000: { title: 'The repository has invalid manifests', retry: never },

  PL2001: { title: 'A flag or argument is not valid', retry: never },
  PL2002: { title: 'A configuration value is not valid', retry: never },
  PL2003: { title: 'A secret that a manifest refers to is not available', retry: backoff },
  PL2004: { title: 'A resource of that name does not exist', retry: never },
  ...secretErrors,

  PL3001: { title: 'A needed program is missing or too old', retry: never },
  PL3002: { title: 'The Git repository cannot be reached', retry: backoff },
  PL3003: { title: 'The Git repository refused the credentials', retry: backoff },
  PL3004: { title: 'The branch was rewritten and is not followed', retry: backoff },
  PL3005: { title: 'The branch does not exist', retry: backoff },
  PL3006: { title: 'A push was rejected because somebody else pushed', retry: backoff },
  PL3007: { title: 'The host key of the Git server does not match the pinned one', retry: never },
  PL3008: { title: 'A Git object is damaged, missing or too large', retry: backoff },
  PL3009: { title: 'git failed', retry: backoff },
  PL3010: { title: 'The state directory is in use by another Pressluft', retry: never },
  PL3011: { title: 'The store cannot be read or written', retry: backoff },
  PL3012: { title: 'The disk of the controller is full', retry: backoff },
  PL3013: { title: 'The Ansible environment is missing', retry: never },
  PL3014: { title: 'A child process was ended because it took too long', retry: backoff },
  PL3015: { title: 'The work was cancelled', retry: backoff },
  PL3020: { title: 'The lab cannot run here', retry: never },
  PL3021: { title: 'A part of the lab failed', retry: backoff },
  PL3022: { title: 'A lab of that name runs already', retry: never },

  PL4001: { title: 'The provider refused the token', retry: backoff },
  PL4002: { title: 'The provider cannot be reached', retry: backoff },
  PL4003: { title: 'The provider rejected the request', retry: never },
  PL4004: { title: 'The provider cannot supply that server now', retry: backoff },
  PL4005: { title: 'The provider asks to slow down', retry: backoff },
  PL4006: { title: 'The resource is locked by another operation', retry: backoff },
  PL4007: { title: 'An action of the provider ended in error', retry: backoff },
  PL4008: { title: 'An action of the provider did not end in time', retry: backoff },
  PL4009: { title: 'A resource of that name exists and belongs to somebody else', retry: never },
  PL4010: { title: 'The answer of the provider was not understood', retry: backoff },
  PL4011: { title: 'The token may only read', retry: never },
  PL4012: { title: 'The provider resource does not exist', retry: never },
  PL4013: { title: 'A limit of the provider account is reached', retry: backoff },
  PL4020: { title: 'The node cannot be reached', retry: backoff },
  PL4021: { title: 'The host key of the node does not match the pinned one', retry: never },
  PL4022: { title: 'The node refused the SSH key', retry: backoff },
  PL4023: { title: 'The node is not ready', retry: backoff },
  PL4024: { title: 'A command on the node failed', retry: backoff },
  PL4025: { title: 'The answer of the node was not understood', retry: backoff },
  PL4030: { title: 'An Ansible run failed', retry: backoff },
  PL4031: { title: 'An Ansible run crashed before its end', retry: backoff },
  PL4032: { title: 'The environment could not be converged', retry: backoff },
  PL4033: { title: 'Something on the node belongs to somebody else', retry: never },

  PL6001: { title: 'The resource is protected', retry: never },
  PL6002: { title: 'The deletion budget is exceeded', retry: never },
  PL6003: { title: 'The deletion is held back because a manifest is broken', retry: never },
  PL6004: { title: 'The resource is suspended', retry: never },

  PL9001: { title: 'An internal error', retry: backoff },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
