import { controllerErrors } from './controller-errors.ts';
import { backoff, byCode, codesOf, type ErrorEntry, never } from './error-entry.ts';
import { nodeErrors } from './node-errors.ts';
import { providerErrors } from './provider-errors.ts';
import { secretErrors } from './secret-errors.ts';

/**
 * Every operating error by its name. Codes are stable and never reused. The pages under `docs/errors/` are generated from this.
 * Thousands: 1 manifests (located diagnostics), 2 flags and configuration, 3 the controller's environment (tools, Git,
 * store), 4 provider and nodes, 6 blocked on purpose, 9 a defect.
 */
export const errorCatalogue = {
  manifestsInvalid: {
    code: 'PL1000',
    title: 'The repository has invalid manifests',
    cause:
      'The command needs manifests that are missing or broken. Without a valid pressluft.yaml everything is quarantined.',
    cure: 'Run "pressluft validate" and correct what it names.',
    retry: never,
  },

  flagInvalid: {
    code: 'PL2001',
    title: 'A flag or argument is not valid',
    cause:
      'The command line or one of its environment variables has a value that does not exist, cannot be used, or has the wrong form.',
    cure: 'Compare it with "pressluft <verb> --help".',
    retry: never,
  },
  settingInvalid: {
    code: 'PL2002',
    title: 'A configuration value is not valid',
    cause:
      'A setting of the controller is invalid, or a value of a manifest that can only be checked when it is used.',
    cure: 'Correct the setting that the message names.',
    retry: never,
  },
  secretUnavailable: {
    code: 'PL2003',
    title: 'A secret that a manifest refers to is not available',
    cause:
      'Manifests hold references, never secrets. The variable is not set, the file does not exist, or the encrypted value cannot be decrypted with the keys of this controller.',
    cure: 'Provide the secret to the controller under the name that the message gives. The actions that need it are tried again.',
    retry: backoff,
  },
  resourceUnknown: {
    code: 'PL2004',
    title: 'A resource of that name does not exist',
    cause: 'Neither the manifests nor the records contain it.',
    cure: 'Check the spelling; "pressluft status" lists all names.',
    retry: never,
  },

  ...secretErrors,
  ...controllerErrors,
  ...providerErrors,
  ...nodeErrors,

  planOutdated: {
    code: 'PL6005',
    title: 'The plan to approve is not the current one',
    cause:
      'An approval is bound to a commit and to the observed state. One of them has changed since the digest was shown, or the digest belongs to another fleet.',
    cure: 'Read the current plan with "pressluft plan", and approve its digest if it is what you want.',
    retry: never,
  },

  commitUnsigned: {
    code: 'PL6006',
    title: 'A commit is not signed by an allowed signer, and is not applied',
    cause:
      'pressluft.yaml names allowed signers, and one of the new commits is not signed by any of them. The last accepted commit stays in effect, and drift from it is still repaired. No newer commit is applied, whether it is signed or not.',
    cure: 'Remove the commit from the branch and push it again, signed. If the branch must stay as it is, review its newest commit and set PRESSLUFT_TRUSTED_COMMIT to it. "Signed commits" in docs/operations.md explains how to set up signing.',
    retry: never,
  },
  historyDiverged: {
    code: 'PL6007',
    title: 'The branch does not descend from the last accepted commit, and is not applied',
    cause:
      'Commits are signed, but signatures do not prove their order: a force-push could bring back an old state that was signed once. Therefore only descendants are accepted, even with PRESSLUFT_ALLOW_REWRITE.',
    cure: 'Push a branch that builds on the accepted commit, and use "git revert" to go back. If history was rewritten on purpose, review the newest commit and set PRESSLUFT_TRUSTED_COMMIT to it.',
    retry: never,
  },

  internal: {
    code: 'PL9001',
    title: 'An internal error',
    cause: 'The code reached a state that must not occur. This is a defect of Pressluft.',
    cure: 'Report it with the output of the same command and --verbose.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = (typeof errorCatalogue)[keyof typeof errorCatalogue]['code'];

/** The code of each error by its name: what is thrown and compared. */
export const errors = codesOf(errorCatalogue);

export const errorsByCode = byCode<ErrorEntry, ErrorCode>(errorCatalogue);
