import { controllerErrors } from './controller-errors.ts';
import { backoff, type ErrorEntry, never } from './error-entry.ts';
import { nodeErrors } from './node-errors.ts';
import { providerErrors } from './provider-errors.ts';
import { secretErrors } from './secret-error-catalogue.ts';

/**
 * Every operating error by its stable code; codes are never reused, and the pages under `docs/errors/` are made of this.
 * Thousands: 1 manifests (located diagnostics), 2 flags and configuration, 3 the controller's environment (tools, Git,
 * store), 4 provider and nodes, 6 blocked on purpose, 9 a defect.
 */
export const errorCatalogue = {
  PL1000: {
    title: 'The repository has invalid manifests',
    cause:
      'What was asked for needs manifests that are missing or broken; without a sound pressluft.yaml everything is on hold.',
    cure: 'Run "pressluft validate" and correct what it names.',
    retry: never,
  },

  PL2001: {
    title: 'A flag or argument is not valid',
    cause:
      'The command line or one of its environment variables names something that does not exist, cannot be used, or has another form.',
    cure: 'Compare it with "pressluft <verb> --help".',
    retry: never,
  },
  PL2002: {
    title: 'A configuration value is not valid',
    cause:
      'A setting of the controller, or a value of a manifest that only shows when it is used, cannot be worked with.',
    cure: 'Correct the setting that the message names.',
    retry: never,
  },
  PL2003: {
    title: 'A secret that a manifest refers to is not available',
    cause:
      'Manifests hold references, never secrets. The variable is not set, the file is not there, or what is encrypted cannot be decrypted with the keys of this controller.',
    cure: 'Offer the secret to the controller under the name that the message gives. What needs it is tried again.',
    retry: backoff,
  },
  PL2004: {
    title: 'A resource of that name does not exist',
    cause: 'Neither the manifests nor the records have it.',
    cure: 'Check the spelling; "pressluft status" lists all names.',
    retry: never,
  },

  ...secretErrors,
  ...controllerErrors,
  ...providerErrors,
  ...nodeErrors,

  PL6001: {
    title: 'The resource is protected',
    cause:
      'The environment had "protected: true" in the last applied commit, so deleting its manifest, or the field with it, does not delete the environment.',
    cure: 'Set "protected: false" in a commit of its own, let it be applied, and delete the manifest in the next one.',
    retry: never,
  },
  PL6002: {
    title: 'The deletion budget is exceeded',
    cause:
      'One commit deletes more than spec.deletionBudget of pressluft.yaml allows, so none of it is deleted: it may be an accident.',
    cure: 'Bring the manifests back; or, if it is meant, raise the budget in a commit.',
    retry: never,
  },
  PL6003: {
    title: 'The deletion is held back because a manifest is broken',
    cause:
      'A resource that seems to be gone may be described in a file that cannot be read, so nothing is deleted until it can.',
    cure: 'Correct the manifests that "pressluft validate" names.',
    retry: never,
  },
  PL6004: {
    title: 'The resource is suspended',
    cause: 'Somebody suspended it, so it is observed and not changed.',
    cure: 'Resume it when the reason is gone.',
    retry: never,
  },
  PL6005: {
    title: 'The plan to approve is not the current one',
    cause:
      'An approval is bound to a commit and to what was found. One of them has moved since the digest was shown, or the digest is of another fleet.',
    cure: 'Read the current plan with "pressluft plan", and approve its digest if it is what you want.',
    retry: never,
  },

  PL9001: {
    title: 'An internal error',
    cause: 'Something happened that the code holds impossible: a defect of Pressluft.',
    cure: 'Report it with the output of the same command and --verbose.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
