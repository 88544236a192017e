import type { Severity } from './diagnostic.ts';

export interface DiagnosticEntry {
  readonly severity: Severity;
  readonly title: string;
  readonly cause: string;
  readonly cure: string;
}

/** Every diagnostic of manifests by its stable code; codes are never reused. The pages under `docs/errors/` are made of this. */
export const diagnosticCatalogue = {
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
  PL1030: {
    severity: 'error',
    title: 'The field is not known',
    cause: 'The kind has no such field at this place.',
    cure: 'Correct the spelling or the indentation.',
  },
  PL1031: {
    severity: 'error',
    title: 'The value has the wrong type',
    cause: 'The field takes another type of value.',
    cure: 'Write what is expected.',
  },
  PL1032: {
    severity: 'error',
    title: 'A field is missing',
    cause: 'The field is required here.',
    cure: 'Add it.',
  },
  PL1033: {
    severity: 'error',
    title: 'The value is none of those allowed',
    cause: 'The field takes one of a few values.',
    cure: 'Use one of them.',
  },
  PL1034: {
    severity: 'error',
    title: 'The value is not well-formed',
    cause: 'The text does not have the form that the field needs.',
    cure: 'Write it as expected.',
  },
  PL1035: {
    severity: 'error',
    title: 'The value is out of range',
    cause: 'A number, a length or the number of entries is too small or too large.',
    cure: 'Stay within the range that the message names.',
  },
  PL1036: {
    severity: 'error',
    title: 'This is not supported yet',
    cause:
      'The field, value or kind is planned, and this version of Pressluft does not carry it out. Accepting it would promise what does not happen.',
    cure: 'Leave it out for now.',
  },
  PL1037: {
    severity: 'error',
    title: 'The version must be in quotes',
    cause: 'Without quotes YAML reads 8.2 as a number, and 8.10 as the same number as 8.1.',
    cure: 'Put it in quotes: "8.2".',
  },
  PL1038: {
    severity: 'error',
    title: 'The field does not apply here',
    cause: 'The field belongs to another type of the same kind.',
    cure: 'Remove it, or change the type.',
  },
  PL1040: {
    severity: 'error',
    title: 'The php.ini setting is not allowed',
    cause: 'The setting would break the isolation between environments, or Pressluft sets it itself.',
    cure: 'Remove it.',
  },
  PL1041: {
    severity: 'error',
    title: 'The constant is not allowed',
    cause: 'Pressluft sets the constant itself, or it holds a secret, which must not be in Git.',
    cure: 'Remove it.',
  },
  PL1042: {
    severity: 'error',
    title: 'The token reference is not allowed',
    cause:
      'A manifest can only refer to variables that start with HCLOUD_ or PRESSLUFT_ and to files below /run/secrets, /run/credentials or /etc/pressluft, so that it cannot send other secrets of the controller anywhere.',
    cure: 'Offer the token to the controller under such a name.',
  },
  PL1043: {
    severity: 'error',
    title: 'The endpoint is not safe',
    cause:
      'The token would be sent unencrypted over a public network, or to a host that is not the one of the provider.',
    cure: 'Use https and the address of the provider; http is for private addresses only.',
  },
  PL1044: {
    severity: 'error',
    title: 'The password is not hashed',
    cause:
      'Git must not hold passwords, so the field takes a hash: bcrypt ($2y$), $apr1$, $5$, $6$ or {SHA}.',
    cure: 'Make a hash with "htpasswd -nB <user>". Whatever was committed in clear text must be changed.',
  },
  PL1045: {
    severity: 'error',
    title: 'The network is not valid',
    cause: 'The text is not a network in CIDR notation.',
    cure: 'Write the address and the length of the prefix, e.g. 203.0.113.0/24 or 2001:db8::/32.',
  },
  PL1046: {
    severity: 'error',
    title: 'The time zone does not exist',
    cause: 'The IANA time zone database has no such name.',
    cure: 'Use a name such as Europe/Berlin or UTC.',
  },
  PL1047: {
    severity: 'error',
    title: 'The nginx snippet leaves its server block',
    cause:
      'The braces of the snippet are not balanced, so it would end the server block or swallow what follows.',
    cure: 'Balance the braces.',
  },
  PL1048: {
    severity: 'error',
    title: 'The domain cannot be used',
    cause: 'Wildcards, addresses and names that are not written in their ASCII form cannot be served.',
    cure: 'Use a host name in lower case such as www.acme.example.',
  },
  PL1050: {
    severity: 'error',
    title: 'The reference leads nowhere',
    cause: 'No manifest of that kind has the name.',
    cure: 'Correct the name, or add the manifest.',
  },
  PL1051: {
    severity: 'error',
    title: 'The resource is defined twice',
    cause:
      'Two documents have the same kind and name. Which one is meant cannot be known, so both are on hold.',
    cure: 'Remove or rename one of them.',
  },
  PL1052: {
    severity: 'error',
    title: 'The domain belongs to two environments',
    cause:
      'A domain can lead to one environment only. Which one is meant cannot be known, so both are on hold.',
    cure: 'Remove it from one of them.',
  },
  PL1053: {
    severity: 'error',
    title: 'The PHP version is not available',
    cause: 'The node does not install that version of PHP, or the source of its packages does not have it.',
    cure: 'Add the version to spec.php.versions of the node, with spec.phpAptSource in pressluft.yaml if the distribution does not have it; or choose another version.',
  },
  PL1054: {
    severity: 'error',
    title: 'The version has no checksum',
    cause: 'Nodes download only what has a checksum in spec.artifacts of pressluft.yaml.',
    cure: 'Add the version there with the output of sha256sum.',
  },
  PL1055: {
    severity: 'warning',
    title: 'The resource is on hold',
    cause: 'Something that it depends on is broken. It stays as it is until that is corrected.',
    cure: 'Correct the manifest that the message names.',
  },
  PL1056: {
    severity: 'error',
    title: 'The field does not fit the type of the provider',
    cause: 'Nodes of a hetzner provider and of a static one take different fields.',
    cure: 'Remove the field or add the missing one, as the message says.',
  },
  PL1057: {
    severity: 'error',
    title: 'The active theme is not installed',
    cause: 'The theme is not among the themes of the environment.',
    cure: 'Add it to spec.wordpress.themes.',
  },
  PL1058: {
    severity: 'error',
    title: 'A value is given neither here nor by the site',
    cause: 'The environment needs the value, and the defaults of its site do not give it.',
    cure: 'Set it here, or in spec.defaults of the site.',
  },
} as const satisfies Record<string, DiagnosticEntry>;

export type DiagnosticCode = keyof typeof diagnosticCatalogue;
