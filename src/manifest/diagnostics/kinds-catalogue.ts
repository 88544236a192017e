import type { DiagnosticEntry } from './diagnostic-entry.ts';

/** Diagnostics about single documents of the kinds for backups, requests, maintenance and secrets. */
export const kindsCatalogue = {
  PL1059: {
    severity: 'error',
    title: 'Exactly one of several fields must be given',
    cause:
      'The fields exclude each other, such as the places where a secret or a backup can be; none of them is given, or more than one.',
    cure: 'Keep the one that is meant.',
  },
  PL1060: {
    severity: 'warning',
    title: 'The annotation has no effect',
    cause:
      'Annotations under pressluft.dev/ are for Pressluft itself, and it knows none of this name for this kind.',
    cure: 'Correct the name, or use another prefix for notes of your own.',
  },
  PL1061: {
    severity: 'error',
    title: 'The reason is missing',
    cause:
      'The annotation pressluft.dev/ignore-windows lets an environment act outside of maintenance windows; its text is the reason, which plans and records show.',
    cure: 'Write the reason, e.g. "hotfix of the checkout, agreed with the owner".',
  },
  PL1062: {
    severity: 'error',
    title: 'The date does not exist',
    cause: 'The month has no such day.',
    cure: 'Correct the date.',
  },
} as const satisfies Record<string, DiagnosticEntry>;
