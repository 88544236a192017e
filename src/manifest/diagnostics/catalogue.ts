import type { DiagnosticEntry } from './diagnostic-entry.ts';
import { documentCatalogue } from './document-catalogue.ts';
import { kindsCatalogue } from './kinds-catalogue.ts';
import { secretCatalogue } from './secret-catalogue.ts';
import { semanticCatalogue } from './semantic-catalogue.ts';
import { signerCatalogue } from './signer-catalogue.ts';

/** Every diagnostic of manifests by its stable code; codes are never reused. The pages under `docs/errors/` are made of this. */
export const diagnosticCatalogue = {
  ...documentCatalogue,
  ...semanticCatalogue,
  ...kindsCatalogue,
  ...secretCatalogue,
  ...signerCatalogue,

  PL1030: {
    severity: 'error',
    title: 'The field is not known',
    cause:
      'The kind has no such field at this place. A field that nobody reads would look as if it did something, so it is refused: usually it is misspelt, or indented under the wrong parent.',
    cure: 'Use one of the fields that the message lists, or move the line. "pressluft schema <kind>" prints all fields of a kind.',
  },
  PL1031: {
    severity: 'error',
    title: 'The value has the wrong type',
    cause:
      'The field takes another type of value: a list where text is expected, text instead of true or false, or nothing at all after the colon.',
    cure: 'Write the type that the message asks for. Text that looks like a number or like true needs quotes; true and false have none.',
  },
  PL1032: {
    severity: 'error',
    title: 'A field is missing',
    cause:
      'The manifest cannot be carried out without the field, and there is no default that could be right for everybody.',
    cure: 'Add the field below the place that is marked.',
  },
  PL1033: {
    severity: 'error',
    title: 'The value is none of those allowed',
    cause: 'The field takes one of a few values, and this is none of them.',
    cure: 'Use one of the values that the message lists; capitals count.',
  },
  PL1034: {
    severity: 'error',
    title: 'The value is not well-formed',
    cause:
      'The text does not have the form that the field needs: a size with its unit, an exact version, a slug, an address.',
    cure: 'Write it in the form that the message gives an example of.',
  },
  PL1035: {
    severity: 'error',
    title: 'The value is out of range',
    cause: 'A number, a length or the number of entries is too small or too large.',
    cure: 'Stay within the range that the message names; the limits are those of the provider, of PHP or of what a node can bear.',
  },
  PL1036: {
    severity: 'warning',
    title: 'This is recorded, and not carried out yet',
    cause:
      'The manifest is sound, but this version of Pressluft does not carry out what the field, value or kind asks for. It is kept for a later version.',
    cure: 'Do not rely on it yet. It may stay, or be left out for now.',
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
    cause:
      'The field belongs to another type of the same kind, such as a token to a provider of type hetzner and not to a static one.',
    cure: 'Remove the field, or change spec.type.',
  },
  PL1040: {
    severity: 'error',
    title: 'The php.ini setting is not allowed',
    cause:
      'The setting would break the isolation between the environments of a node (open_basedir, extensions, prepended files), or Pressluft sets it itself from another field.',
    cure: 'Remove it. The memory limit is php.memoryLimit; the size of the pool is php.pool.',
  },
  PL1041: {
    severity: 'error',
    title: 'The constant is not allowed',
    cause:
      'Pressluft sets the constant itself (database, cache, addresses, what may be modified), or it holds a secret such as a key or salt, which must not be in Git.',
    cure: 'Remove it: keys and salts are made on the node, and the rest follows from other fields of the manifest.',
  },
  PL1042: {
    severity: 'error',
    title: 'The secret reference is not allowed',
    cause:
      'A manifest can only refer to variables that start with PRESSLUFT_SECRET_ (for the token of a provider also HCLOUD_) and to files of the secrets directory, so that it cannot send other secrets of the controller anywhere.',
    cure: 'Offer the secret to the controller under such a name.',
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
    cause:
      'The text is not a network in CIDR notation: the length of the prefix is missing, too large, or the address is none.',
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
    cause:
      'No manifest of that kind has the name in metadata.name. Names of files do not count, and a manifest that is on hold still counts.',
    cure: 'Correct the name, or add the manifest in the same commit.',
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
