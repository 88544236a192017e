import { backoff, type ErrorEntry } from './error-entry.ts';

/** Errors of secrets in SOPS files, PL2030–PL2039. Retried: the next commit may correct the file, and the controller's key may change. */
export const secretErrors = {
  ageKeyMissing: {
    code: 'PL2030',
    title: 'The controller has no age key',
    retry: backoff,
    cause:
      'A manifest refers to a secret in a SOPS file, and none of PRESSLUFT_AGE_KEY_FILE, SOPS_AGE_KEY_FILE and SOPS_AGE_KEY is set, nor is there an age.key in the secrets directory.',
    cure: 'Make a key with "age-keygen -o FILE", name the file in PRESSLUFT_AGE_KEY_FILE, put its public key into .sops.yaml and run "sops updatekeys" on the files.',
  },
  sopsOtherRecipients: {
    code: 'PL2031',
    title: 'The SOPS file is encrypted to other keys',
    retry: backoff,
    cause:
      'None of the age keys of this controller is among the recipients of the file. The message names both.',
    cure: 'Add the public key of the controller to .sops.yaml and run "sops updatekeys FILE", or give the controller a private key of one of the recipients.',
  },
  sopsUnreadable: {
    code: 'PL2032',
    title: 'The SOPS file cannot be read from the repository',
    retry: backoff,
    cause:
      'The path does not lead to a file of the commit: it does not exist, is a symlink or submodule, leaves the repository, or is larger than 1 MiB.',
    cure: 'Correct the path, which counts from the root of the repository, or commit the file.',
  },
  sopsNotSops: {
    code: 'PL2033',
    title: 'The file is not a SOPS file',
    retry: backoff,
    cause: 'It has no SOPS metadata, or is no YAML or JSON.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE". Secrets that were committed in the clear stay in the history of Git: change them.',
  },
  sopsKeyMissing: {
    code: 'PL2034',
    title: 'The key does not exist in the SOPS file',
    retry: backoff,
    cause: 'The path of keys leads nowhere in the decrypted file.',
    cure: 'Correct the key: names from the top of the file, with dots between them. The hint lists the keys that exist.',
  },
  sopsNotText: {
    code: 'PL2035',
    title: 'The value in the SOPS file is not an encrypted text',
    retry: backoff,
    cause:
      'The key leads to a group of values, to a number, to nothing, or to a value that is not encrypted.',
    cure: 'Name the key of one text; put numbers into quotes with "sops edit". A secret that was committed in the clear must be changed.',
  },
  sopsTampered: {
    code: 'PL2036',
    title: 'The SOPS file was changed without its key',
    retry: backoff,
    cause:
      'A value, the order of values or the message authentication code was changed by something else than sops: by hand, by a merge, or by somebody who must not. None of its secrets is used.',
    cure: 'Find the commit with "git log FILE" and restore the file from before it. After a merge: take one side and repeat the other change with "sops edit".',
  },
  sopsUnsupported: {
    code: 'PL2037',
    title: 'The SOPS file uses what Pressluft does not support',
    retry: backoff,
    cause:
      'Pressluft decrypts files that are one YAML or JSON document and encrypted to age keys. Key groups, and files that only PGP or a key service can decrypt, are not supported.',
    cure: 'Add an age recipient without key groups, and one document for each file.',
  },
  ageKeyUnusable: {
    code: 'PL2038',
    title: 'The age key of the controller cannot be used',
    retry: backoff,
    cause:
      'The file does not exist, cannot be read, is protected by a passphrase, or holds something else than AGE-SECRET-KEY-… lines.',
    cure: 'Correct PRESSLUFT_AGE_KEY_FILE, SOPS_AGE_KEY_FILE or SOPS_AGE_KEY, or make a new key with "age-keygen".',
  },
} as const satisfies Record<string, ErrorEntry>;
