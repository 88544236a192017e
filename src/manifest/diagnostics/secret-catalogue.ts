import type { DiagnosticEntry } from './diagnostic-entry.ts';

/** Diagnostics about SOPS files and what refers to them, PL1100–PL1109. None of them needs a key to be found. */
export const secretCatalogue = {
  PL1100: {
    severity: 'error',
    title: 'The SOPS file does not exist',
    cause: 'The repository has no file of that path. Paths count from its root.',
    cure: 'Correct the path, or commit the file.',
  },
  PL1101: {
    severity: 'error',
    title: 'The file with the secret is not encrypted',
    cause: 'A manifest names the file for a secret, and the file has no SOPS metadata.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE". If secrets were committed in the clear, change them: they stay in the history of Git.',
  },
  PL1102: {
    severity: 'error',
    title: 'The key does not exist in the SOPS file',
    cause: 'The names of keys are not encrypted, and the file has none of this name.',
    cure: 'Correct the key: names from the top of the file, with dots between them.',
  },
  PL1103: {
    severity: 'error',
    title: 'The secret stands in the clear in its SOPS file',
    cause:
      'The file is a SOPS file, but this value is not encrypted: it was added by hand, or a rule such as encrypted_regex leaves it out.',
    cure: 'Change the secret, for it stays in the history of Git. Write the new one with "sops edit FILE", and check the rules in .sops.yaml.',
  },
  PL1104: {
    severity: 'error',
    title: 'The value in the SOPS file is not a text',
    cause: 'The key leads to a group of values, to a number or a boolean, or to nothing.',
    cure: 'Name the key of one text. Put numbers into quotes with "sops edit FILE".',
  },
  PL1105: {
    severity: 'warning',
    title: 'The SOPS file is not encrypted to all recipients',
    cause:
      'A key of spec.secrets.recipients in pressluft.yaml is not among the recipients of the file, so whoever has it cannot decrypt the file.',
    cure: 'Add the key to .sops.yaml and run "sops updatekeys FILE".',
  },
  PL1106: {
    severity: 'error',
    title: 'The file is named like a SOPS file and is not encrypted',
    cause: 'Its name ends in .sops.yaml or .sops.json, and it has no SOPS metadata.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE" and change the secrets in it if it was ever pushed.',
  },
  PL1107: {
    severity: 'error',
    title: 'The SOPS file cannot be decrypted by Pressluft',
    cause:
      'It is encrypted to no age key, its key is split over key groups, or it has several YAML documents.',
    cure: 'Encrypt it as one document to the age keys in .sops.yaml, without key groups.',
  },
} as const satisfies Record<string, DiagnosticEntry>;
