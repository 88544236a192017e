import { backoff, type ErrorEntry } from './error-entry.ts';

/** Errors of secrets in SOPS files, PL2030–PL2040. Retried: the next commit may correct the file, and the controller's key may change. */
export const secretErrors = {
  ageKeyMissing: {
    code: 'PL2030',
    title: 'The controller has no age key',
    retry: backoff,
    cause:
      'A manifest refers to a secret in a SOPS file, and none of PRESSLUFT_AGE_KEY_FILE, SOPS_AGE_KEY_FILE and SOPS_AGE_KEY is set, nor is there an age.key in the secrets directory.',
    cure: 'Create a key with "age-keygen -o FILE", set PRESSLUFT_AGE_KEY_FILE to the file, add its public key to .sops.yaml and run "sops updatekeys" on the files.',
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
      'The path is not a file of the commit that can be read: it does not exist, is a symlink or submodule, leaves the repository, or is larger than 1 MiB.',
    cure: 'Correct the path, which is relative to the root of the repository, or commit the file.',
  },
  sopsNotSops: {
    code: 'PL2033',
    title: 'The file is not a SOPS file',
    retry: backoff,
    cause: 'It has no SOPS metadata, or is neither YAML nor JSON.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE". Secrets that were committed in clear text stay in the history of Git: change them.',
  },
  sopsKeyMissing: {
    code: 'PL2034',
    title: 'The key does not exist in the SOPS file',
    retry: backoff,
    cause: 'The decrypted file has no value at this path of keys.',
    cure: 'Correct the key: the names from the top of the file, with dots between them. The hint lists the keys that exist.',
  },
  sopsNotText: {
    code: 'PL2035',
    title: 'The value in the SOPS file is not encrypted text',
    retry: backoff,
    cause: 'The key refers to a group of values, a number, an empty value, or a value that is not encrypted.',
    cure: 'Use the key of a single text; put numbers into quotes with "sops edit". A secret that was committed in clear text must be changed.',
  },
  sopsTampered: {
    code: 'PL2036',
    title: 'The SOPS file was changed without its key',
    retry: backoff,
    cause:
      'A value, the order of values or the message authentication code was changed by something other than sops: by hand, by a merge, or by somebody without permission. None of its secrets is used.',
    cure: 'Find the commit with "git log FILE" and restore the file from before it. After a merge: take one side and repeat the other change with "sops edit".',
  },
  sopsUnsupported: {
    code: 'PL2037',
    title: 'The SOPS file uses a feature that Pressluft does not support',
    retry: backoff,
    cause:
      'Pressluft decrypts files that are one YAML or JSON document and encrypted to age keys. Key groups, and files that only PGP or a key service can decrypt, are not supported.',
    cure: 'Add an age recipient, use no key groups, and keep one document per file.',
  },
  ageKeyUnusable: {
    code: 'PL2038',
    title: 'The age key of the controller cannot be used',
    retry: backoff,
    cause:
      'The file does not exist, cannot be read, is protected by a passphrase, or has lines other than AGE-SECRET-KEY-….',
    cure: 'Correct PRESSLUFT_AGE_KEY_FILE, SOPS_AGE_KEY_FILE or SOPS_AGE_KEY, or create a new key with "age-keygen".',
  },
  secretNotGranted: {
    code: 'PL2039',
    title: 'No grant allows this use of the secret',
    retry: backoff,
    cause:
      'The manifest of the resource names a secret that spec.secrets.grants of pressluft.yaml does not grant to it, or not for the host that it would be sent to. The secret was not read.',
    cure: 'If this use is intended, let the fleet owner add a grant with the resource, the field and the host.',
  },
} as const satisfies Record<string, ErrorEntry>;
