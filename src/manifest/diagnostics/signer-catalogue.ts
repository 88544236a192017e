import type { DiagnosticEntry } from './diagnostic-entry.ts';

/** Diagnostics about who may sign commits, PL1110–PL1119. */
export const signerCatalogue = {
  PL1110: {
    severity: 'error',
    title: 'The key of a signer cannot be read',
    cause:
      'It has the form of a public key and is none: cut off, mistyped, of another type than its first word says, or too short to be safe. Nobody could sign with it.',
    cure: 'Copy it again: the line of the file that ends in .pub, or what "gpg --armor --export <mail>" prints.',
  },
  PL1111: {
    severity: 'error',
    title: 'A key belongs to two signers',
    cause: 'Reports name the signer by the key, so a key of two could not tell who it was.',
    cure: 'Remove one of the entries, or give each signer a key of their own.',
  },
} as const satisfies Record<string, DiagnosticEntry>;
