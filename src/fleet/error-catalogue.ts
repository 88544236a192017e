import { controllerErrors } from './controller-errors.ts';
import { backoff, byCode, codesOf, type ErrorEntry, never } from './error-entry.ts';
import { nodeErrors } from './node-errors.ts';
import { providerErrors } from './provider-errors.ts';
import { secretErrors } from './secret-errors.ts';

/**
 * Every operating error by its name; codes are stable and never reused, and the pages under `docs/errors/` are made of this.
 * Thousands: 1 manifests (located diagnostics), 2 flags and configuration, 3 the controller's environment (tools, Git,
 * store), 4 provider and nodes, 6 blocked on purpose, 9 a defect.
 */
export const errorCatalogue = {
  manifestsInvalid: {
    code: 'PL1000',
    title: 'The repository has invalid manifests',
    cause:
      'What was asked for needs manifests that are missing or broken; without a sound pressluft.yaml everything is on hold.',
    cure: 'Run "pressluft validate" and correct what it names.',
    retry: never,
  },

  flagInvalid: {
    code: 'PL2001',
    title: 'A flag or argument is not valid',
    cause:
      'The command line or one of its environment variables names something that does not exist, cannot be used, or has another form.',
    cure: 'Compare it with "pressluft <verb> --help".',
    retry: never,
  },
  settingInvalid: {
    code: 'PL2002',
    title: 'A configuration value is not valid',
    cause:
      'A setting of the controller, or a value of a manifest that only shows when it is used, cannot be worked with.',
    cure: 'Correct the setting that the message names.',
    retry: never,
  },
  secretUnavailable: {
    code: 'PL2003',
    title: 'A secret that a manifest refers to is not available',
    cause:
      'Manifests hold references, never secrets. The variable is not set, the file is not there, or what is encrypted cannot be decrypted with the keys of this controller.',
    cure: 'Offer the secret to the controller under the name that the message gives. What needs it is tried again.',
    retry: backoff,
  },
  resourceUnknown: {
    code: 'PL2004',
    title: 'A resource of that name does not exist',
    cause: 'Neither the manifests nor the records have it.',
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
      'An approval is bound to a commit and to what was found. One of them has moved since the digest was shown, or the digest is of another fleet.',
    cure: 'Read the current plan with "pressluft plan", and approve its digest if it is what you want.',
    retry: never,
  },

  commitUnsigned: {
    code: 'PL6006',
    title: 'A commit is not signed by an allowed signer, and is not applied',
    cause:
      'pressluft.yaml names allowed signers, and one of the new commits has no signature of theirs. The commit that was accepted last stays in force, drift from it is still mended, and nothing of the newer ones is applied, whatever comes on top of them.',
    cure: 'Take the commit off the branch and push it again, signed. If the branch must stay as it is, read its newest commit and name it in PRESSLUFT_TRUSTED_COMMIT. "Signed commits" in docs/operations.md says how signing is set up.',
    retry: never,
  },
  historyDiverged: {
    code: 'PL6007',
    title: 'The branch does not lead on from the commit that was accepted last, and is not applied',
    cause:
      'Commits are signed, and signatures do not say in which order they belong: whoever may force-push could bring an old state back that was signed once. So history only goes forward, PRESSLUFT_ALLOW_REWRITE or not.',
    cure: 'Push a branch that builds on the accepted commit, and use "git revert" to go back. If history was rewritten on purpose, read the newest commit and name it in PRESSLUFT_TRUSTED_COMMIT.',
    retry: never,
  },

  internal: {
    code: 'PL9001',
    title: 'An internal error',
    cause: 'Something happened that the code holds impossible: a defect of Pressluft.',
    cure: 'Report it with the output of the same command and --verbose.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = (typeof errorCatalogue)[keyof typeof errorCatalogue]['code'];

/** The code of each error by its name: what is thrown and compared. */
export const errors = codesOf(errorCatalogue);

export const errorsByCode = byCode<ErrorEntry, ErrorCode>(errorCatalogue);
