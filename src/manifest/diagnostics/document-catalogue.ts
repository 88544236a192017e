import type { DiagnosticEntry } from './diagnostic-entry.ts';

/** Diagnostics about files, YAML, and what a document is. */
export const documentCatalogue = {
  PL1001: {
    severity: 'error',
    title: 'A symbolic link or submodule is not followed',
    cause: 'Links could lead outside the repository, and what a submodule holds is not part of the commit.',
    cure: 'Commit the manifest itself at this place.',
  },
  PL1002: {
    severity: 'error',
    title: 'The file is too large',
    cause: 'A manifest file may have at most 1 MiB.',
    cure: 'Split the file; one resource a file reads best.',
  },
  PL1003: {
    severity: 'error',
    title: 'The repository has too many documents',
    cause: 'A fleet may have at most 50,000 documents.',
    cure: 'Split the fleet into several repositories.',
  },
  PL1004: {
    severity: 'error',
    title: 'The file is not UTF-8',
    cause:
      'The file has bytes that are not valid UTF-8, for example because it was saved as UTF-16 or Latin-1.',
    cure: 'Save the file as UTF-8.',
  },
  PL1005: {
    severity: 'error',
    title: 'pressluft.yaml is missing',
    cause:
      'The configuration of the fleet, a manifest of kind Pressluft, must be in pressluft.yaml at the root of the repository. Nothing is changed without it.',
    cure: 'Add pressluft.yaml; "pressluft init" writes one.',
  },
  PL1006: {
    severity: 'error',
    title: 'The file has more problems than are listed',
    cause: 'At most 100 problems of one file are listed.',
    cure: 'Solve the ones that are listed and validate again.',
  },
  PL1010: {
    severity: 'error',
    title: 'The file is not valid YAML',
    cause: 'The YAML parser could not make sense of the text at this place.',
    cure: 'Correct the syntax; the mistake is often just before the place that is marked.',
  },
  PL1011: {
    severity: 'error',
    title: 'A key occurs twice',
    cause: 'The same key is given twice in one mapping, so one of the two values would be lost.',
    cure: 'Remove one of them.',
  },
  PL1012: {
    severity: 'error',
    title: 'Merge keys are not supported',
    cause: 'The merge key << is not part of YAML 1.2 and hides what a manifest says.',
    cure: 'Write the fields out, or put what environments share into spec.defaults of their site.',
  },
  PL1013: {
    severity: 'error',
    title: 'A YAML tag is not supported',
    cause:
      'Tags such as !!js/function or !custom would change what a value means. Only those of the YAML core schema are known.',
    cure: 'Remove the tag.',
  },
  PL1014: {
    severity: 'error',
    title: 'An alias cannot be used',
    cause:
      'The alias has no anchor before it, contains itself, or the aliases of the document expand to too much.',
    cure: 'Write the value out.',
  },
  PL1015: {
    severity: 'error',
    title: 'The document is nested too deeply',
    cause: 'A manifest may be nested at most 32 levels deep; no kind needs more than 8.',
    cure: 'Check the brackets and the indentation.',
  },
  PL1016: {
    severity: 'error',
    title: 'A template marker is not allowed',
    cause:
      'The markers {{, {% and {# start a template in Ansible. Values of manifests are data, so they are refused everywhere.',
    cure: 'Remove the marker. Manifests have no templates; use spec.defaults of the site for what repeats.',
  },
  PL1017: {
    severity: 'error',
    title: 'A control character is not allowed',
    cause: 'The text has a character that cannot be seen, or a line break where one line is expected.',
    cure: 'Remove the character. For text over several lines use ">-", which folds it into one line.',
  },
  PL1018: {
    severity: 'error',
    title: 'A key is reserved',
    cause: 'The key has a meaning of its own in JavaScript.',
    cure: 'Choose another name.',
  },
  PL1019: {
    severity: 'error',
    title: 'YAML directives are not supported',
    cause: 'A %YAML or %TAG directive changes how the document is read. Manifests are YAML 1.2.',
    cure: 'Remove the line that starts with %.',
  },
  PL1020: {
    severity: 'error',
    title: 'apiVersion or kind is missing',
    cause: 'The document looks like a manifest, but does not say which one.',
    cure: 'Start it with "apiVersion: pressluft.dev/v1" and "kind: …".',
  },
  PL1021: {
    severity: 'error',
    title: 'The apiVersion is not known',
    cause: 'This version of Pressluft reads manifests of apiVersion pressluft.dev/v1.',
    cure: 'Write pressluft.dev/v1, or install a version of Pressluft that knows the newer format.',
  },
  PL1022: {
    severity: 'error',
    title: 'The kind is not known',
    cause: 'This version of Pressluft has no such kind.',
    cure: 'Use one of the kinds that the message names.',
  },
  PL1023: {
    severity: 'info',
    title: 'The document belongs to another tool and is ignored',
    cause: 'Its apiVersion and kind are not those of Pressluft.',
    cure: 'Nothing to do.',
  },
  PL1024: {
    severity: 'error',
    title: 'The name is not valid',
    cause:
      'Names become parts of host names, Unix users and directories, so they are DNS labels: lower-case letters, digits and inner dashes, at most 63 characters (the name of the fleet: 24).',
    cure: 'Choose another name.',
  },
  PL1025: {
    severity: 'error',
    title: 'The Pressluft manifest is in the wrong place',
    cause:
      'There is one manifest of kind Pressluft, and it is in pressluft.yaml at the root of the repository.',
    cure: 'Move it there, and have one only.',
  },
} as const satisfies Record<string, DiagnosticEntry>;
