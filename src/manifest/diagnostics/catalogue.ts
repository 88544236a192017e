import { byCode, codesOf } from '../../fleet/error-entry.ts';
import type { DiagnosticEntry } from './diagnostic-entry.ts';

/**
 * Every diagnostic of manifests by its name; codes are stable and never reused. The pages under `docs/errors/` are made of this.
 * 100x files, 101x YAML, 102x what a document is, 103x–104x fields, 105x references between resources, 1059–1062 single documents,
 * 107x–109x what is well-formed and cannot work or probably was not meant, 110x SOPS files, 111x signers.
 */
export const diagnosticCatalogue = {
  notAFile: {
    code: 'PL1001',
    severity: 'error',
    title: 'A symbolic link or submodule is not followed',
    cause: 'Links could lead outside the repository, and what a submodule holds is not part of the commit.',
    cure: 'Commit the manifest itself at this place.',
  },
  fileTooLarge: {
    code: 'PL1002',
    severity: 'error',
    title: 'The file is too large',
    cause: 'A manifest file may have at most 1 MiB.',
    cure: 'Split the file; one resource a file reads best.',
  },
  tooManyDocuments: {
    code: 'PL1003',
    severity: 'error',
    title: 'The repository has too many documents',
    cause: 'A fleet may have at most 50,000 documents.',
    cure: 'Split the fleet into several repositories.',
  },
  notUtf8: {
    code: 'PL1004',
    severity: 'error',
    title: 'The file is not UTF-8',
    cause:
      'The file has bytes that are not valid UTF-8, for example because it was saved as UTF-16 or Latin-1.',
    cure: 'Save the file as UTF-8.',
  },
  configMissing: {
    code: 'PL1005',
    severity: 'error',
    title: 'pressluft.yaml is missing',
    cause:
      'The configuration of the fleet, a manifest of kind Pressluft, must be in pressluft.yaml at the root of the repository. Nothing is changed without it.',
    cure: 'Add pressluft.yaml; "pressluft init" writes one.',
  },
  tooManyProblems: {
    code: 'PL1006',
    severity: 'error',
    title: 'The file has more problems than are listed',
    cause: 'At most 100 problems of one file are listed.',
    cure: 'Solve the ones that are listed and validate again.',
  },
  yamlInvalid: {
    code: 'PL1010',
    severity: 'error',
    title: 'The file is not valid YAML',
    cause: 'The YAML parser could not make sense of the text at this place.',
    cure: 'Correct the syntax; the mistake is often just before the place that is marked.',
  },
  keyDuplicate: {
    code: 'PL1011',
    severity: 'error',
    title: 'A key occurs twice',
    cause: 'The same key is given twice in one mapping, so one of the two values would be lost.',
    cure: 'Remove one of them.',
  },
  mergeKey: {
    code: 'PL1012',
    severity: 'error',
    title: 'Merge keys are not supported',
    cause: 'The merge key << is not part of YAML 1.2 and hides what a manifest says.',
    cure: 'Write the fields out, or put what environments share into spec.defaults of their site.',
  },
  yamlTag: {
    code: 'PL1013',
    severity: 'error',
    title: 'A YAML tag is not supported',
    cause:
      'Tags such as !!js/function or !custom would change what a value means. Only those of the YAML core schema are known.',
    cure: 'Remove the tag.',
  },
  yamlAlias: {
    code: 'PL1014',
    severity: 'error',
    title: 'An alias cannot be used',
    cause:
      'The alias has no anchor before it, contains itself, or the aliases of the document expand to too much.',
    cure: 'Write the value out.',
  },
  tooDeep: {
    code: 'PL1015',
    severity: 'error',
    title: 'The document is nested too deeply',
    cause: 'A manifest may be nested at most 32 levels deep; no kind needs more than 8.',
    cure: 'Check the brackets and the indentation.',
  },
  templateMarker: {
    code: 'PL1016',
    severity: 'error',
    title: 'A template marker is not allowed',
    cause:
      'The markers {{, {% and {# start a template in Ansible. Values of manifests are data, so they are refused everywhere.',
    cure: 'Remove the marker. Manifests have no templates; use spec.defaults of the site for what repeats.',
  },
  controlCharacter: {
    code: 'PL1017',
    severity: 'error',
    title: 'A control character is not allowed',
    cause: 'The text has a character that cannot be seen, or a line break where one line is expected.',
    cure: 'Remove the character. For text over several lines use ">-", which folds it into one line.',
  },
  keyReserved: {
    code: 'PL1018',
    severity: 'error',
    title: 'A key is reserved',
    cause: 'The key has a meaning of its own in JavaScript.',
    cure: 'Choose another name.',
  },
  yamlDirective: {
    code: 'PL1019',
    severity: 'error',
    title: 'YAML directives are not supported',
    cause: 'A %YAML or %TAG directive changes how the document is read. Manifests are YAML 1.2.',
    cure: 'Remove the line that starts with %.',
  },
  envelopeIncomplete: {
    code: 'PL1020',
    severity: 'error',
    title: 'apiVersion or kind is missing',
    cause: 'The document looks like a manifest, but does not say which one.',
    cure: 'Start it with "apiVersion: pressluft.dev/v1" and "kind: …".',
  },
  apiVersionUnknown: {
    code: 'PL1021',
    severity: 'error',
    title: 'The apiVersion is not known',
    cause: 'This version of Pressluft reads manifests of apiVersion pressluft.dev/v1.',
    cure: 'Write pressluft.dev/v1, or install a version of Pressluft that knows the newer format.',
  },
  kindUnknown: {
    code: 'PL1022',
    severity: 'error',
    title: 'The kind is not known',
    cause: 'This version of Pressluft has no such kind.',
    cure: 'Use one of the kinds that the message names.',
  },
  foreignDocument: {
    code: 'PL1023',
    severity: 'info',
    title: 'The document belongs to another tool and is ignored',
    cause: 'Its apiVersion and kind are not those of Pressluft.',
    cure: 'Nothing to do.',
  },
  nameInvalid: {
    code: 'PL1024',
    severity: 'error',
    title: 'The name is not valid',
    cause:
      'Names become parts of host names, Unix users and directories, so they are DNS labels: lower-case letters, digits and inner dashes, at most 63 characters (the name of the fleet: 24).',
    cure: 'Choose another name.',
  },
  manifestMisplaced: {
    code: 'PL1025',
    severity: 'error',
    title: 'The Pressluft manifest is in the wrong place',
    cause:
      'There is one manifest of kind Pressluft, and it is in pressluft.yaml at the root of the repository.',
    cure: 'Move it there, and have one only.',
  },
  fieldUnknown: {
    code: 'PL1030',
    severity: 'error',
    title: 'The field is not known',
    cause:
      'The kind has no such field at this place. A field that nobody reads would look as if it did something, so it is refused: usually it is misspelt, or indented under the wrong parent.',
    cure: 'Use one of the fields that the message lists, or move the line. "pressluft schema <kind>" prints all fields of a kind.',
  },
  typeWrong: {
    code: 'PL1031',
    severity: 'error',
    title: 'The value has the wrong type',
    cause:
      'The field takes another type of value: a list where text is expected, text instead of true or false, or nothing at all after the colon.',
    cure: 'Write the type that the message asks for. Text that looks like a number or like true needs quotes; true and false have none.',
  },
  fieldMissing: {
    code: 'PL1032',
    severity: 'error',
    title: 'A field is missing',
    cause:
      'The manifest cannot be carried out without the field, and there is no default that could be right for everybody.',
    cure: 'Add the field below the place that is marked.',
  },
  valueNotAllowed: {
    code: 'PL1033',
    severity: 'error',
    title: 'The value is none of those allowed',
    cause: 'The field takes one of a few values, and this is none of them.',
    cure: 'Use one of the values that the message lists; capitals count.',
  },
  valueMalformed: {
    code: 'PL1034',
    severity: 'error',
    title: 'The value is not well-formed',
    cause:
      'The text does not have the form that the field needs: a size with its unit, an exact version, a slug, an address.',
    cure: 'Write it in the form that the message gives an example of.',
  },
  valueOutOfRange: {
    code: 'PL1035',
    severity: 'error',
    title: 'The value is out of range',
    cause: 'A number, a length or the number of entries is too small or too large.',
    cure: 'Stay within the range that the message names; the limits are those of the provider, of PHP or of what a node can bear.',
  },
  notSupportedYet: {
    code: 'PL1036',
    severity: 'warning',
    title: 'This is recorded, and not carried out yet',
    cause:
      'The manifest is sound, but this version of Pressluft does not carry out what the field, value or kind asks for. It is kept for a later version.',
    cure: 'Do not rely on it yet. It may stay, or be left out for now.',
  },
  versionUnquoted: {
    code: 'PL1037',
    severity: 'error',
    title: 'The version must be in quotes',
    cause: 'Without quotes YAML reads 8.2 as a number, and 8.10 as the same number as 8.1.',
    cure: 'Put it in quotes: "8.2".',
  },
  fieldNotApplicable: {
    code: 'PL1038',
    severity: 'error',
    title: 'The field does not apply here',
    cause:
      'The field belongs to another type of the same kind, such as a token to a provider of type hetzner and not to a static one.',
    cure: 'Remove the field, or change spec.type.',
  },
  phpIniNotAllowed: {
    code: 'PL1040',
    severity: 'error',
    title: 'The php.ini setting is not allowed',
    cause:
      'The setting would break the isolation between the environments of a node (open_basedir, extensions, prepended files), or Pressluft sets it itself from another field.',
    cure: 'Remove it. The memory limit is php.memoryLimit; the size of the pool is php.pool.',
  },
  constantNotAllowed: {
    code: 'PL1041',
    severity: 'error',
    title: 'The constant is not allowed',
    cause:
      'Pressluft sets the constant itself (database, cache, addresses, what may be modified), or it holds a secret such as a key or salt, which must not be in Git.',
    cure: 'Remove it: keys and salts are made on the node, and the rest follows from other fields of the manifest.',
  },
  secretReferenceNotAllowed: {
    code: 'PL1042',
    severity: 'error',
    title: 'The secret reference is not allowed',
    cause:
      'A manifest can only refer to variables that start with PRESSLUFT_SECRET_ (for the token of a provider also HCLOUD_) and to files of the secrets directory, so that it cannot send other secrets of the controller anywhere.',
    cure: 'Offer the secret to the controller under such a name.',
  },
  endpointUnsafe: {
    code: 'PL1043',
    severity: 'error',
    title: 'The endpoint is not safe',
    cause:
      'The token would be sent unencrypted over a public network, or to a host that is not the one of the provider.',
    cure: 'Use https and the address of the provider; http is for private addresses only.',
  },
  passwordNotHashed: {
    code: 'PL1044',
    severity: 'error',
    title: 'The password is not hashed',
    cause:
      'Git must not hold passwords, so the field takes a hash: bcrypt ($2y$), $apr1$, $5$, $6$ or {SHA}.',
    cure: 'Make a hash with "htpasswd -nB <user>". Whatever was committed in clear text must be changed.',
  },
  networkInvalid: {
    code: 'PL1045',
    severity: 'error',
    title: 'The network is not valid',
    cause:
      'The text is not a network in CIDR notation: the length of the prefix is missing, too large, or the address is none.',
    cure: 'Write the address and the length of the prefix, e.g. 203.0.113.0/24 or 2001:db8::/32.',
  },
  timezoneUnknown: {
    code: 'PL1046',
    severity: 'error',
    title: 'The time zone does not exist',
    cause: 'The IANA time zone database has no such name.',
    cure: 'Use a name such as Europe/Berlin or UTC.',
  },
  snippetEscapes: {
    code: 'PL1047',
    severity: 'error',
    title: 'The nginx snippet leaves its server block',
    cause:
      'The braces of the snippet are not balanced, so it would end the server block or swallow what follows.',
    cure: 'Balance the braces.',
  },
  domainUnusable: {
    code: 'PL1048',
    severity: 'error',
    title: 'The domain cannot be used',
    cause: 'Wildcards, addresses and names that are not written in their ASCII form cannot be served.',
    cure: 'Use a host name in lower case such as www.acme.example.',
  },
  referenceUnknown: {
    code: 'PL1050',
    severity: 'error',
    title: 'The reference leads nowhere',
    cause:
      'No manifest of that kind has the name in metadata.name. Names of files do not count, and a manifest that is on hold still counts.',
    cure: 'Correct the name, or add the manifest in the same commit.',
  },
  resourceDuplicate: {
    code: 'PL1051',
    severity: 'error',
    title: 'The resource is defined twice',
    cause:
      'Two documents have the same kind and name. Which one is meant cannot be known, so both are on hold.',
    cure: 'Remove or rename one of them.',
  },
  domainDuplicate: {
    code: 'PL1052',
    severity: 'error',
    title: 'The domain belongs to two environments',
    cause:
      'A domain can lead to one environment only. Which one is meant cannot be known, so both are on hold.',
    cure: 'Remove it from one of them.',
  },
  phpVersionUnavailable: {
    code: 'PL1053',
    severity: 'error',
    title: 'The PHP version is not available',
    cause: 'The node does not install that version of PHP, or the source of its packages does not have it.',
    cure: 'Add the version to spec.php.versions of the node, with spec.phpAptSource in pressluft.yaml if the distribution does not have it; or choose another version.',
  },
  checksumMissing: {
    code: 'PL1054',
    severity: 'error',
    title: 'The version has no checksum',
    cause: 'Nodes download only what has a checksum in spec.artifacts of pressluft.yaml.',
    cure: 'Add the version there with the output of sha256sum.',
  },
  resourceQuarantined: {
    code: 'PL1055',
    severity: 'warning',
    title: 'The resource is on hold',
    cause: 'Something that it depends on is broken. It stays as it is until that is corrected.',
    cure: 'Correct the manifest that the message names.',
  },
  fieldNotOfProvider: {
    code: 'PL1056',
    severity: 'error',
    title: 'The field does not fit the type of the provider',
    cause: 'Nodes of a hetzner provider and of a static one take different fields.',
    cure: 'Remove the field or add the missing one, as the message says.',
  },
  themeNotInstalled: {
    code: 'PL1057',
    severity: 'error',
    title: 'The active theme is not installed',
    cause: 'The theme is not among the themes of the environment.',
    cure: 'Add it to spec.wordpress.themes.',
  },
  valueNowhereGiven: {
    code: 'PL1058',
    severity: 'error',
    title: 'A value is given neither here nor by the site',
    cause: 'The environment needs the value, and the defaults of its site do not give it.',
    cure: 'Set it here, or in spec.defaults of the site.',
  },
  notExactlyOne: {
    code: 'PL1059',
    severity: 'error',
    title: 'Exactly one of several fields must be given',
    cause:
      'The fields exclude each other, such as the places where a secret or a backup can be; none of them is given, or more than one.',
    cure: 'Keep the one that is meant.',
  },
  annotationUnused: {
    code: 'PL1060',
    severity: 'warning',
    title: 'The annotation has no effect',
    cause:
      'Annotations under pressluft.dev/ are for Pressluft itself, and it knows none of this name for this kind.',
    cure: 'Correct the name, or use another prefix for notes of your own.',
  },
  reasonMissing: {
    code: 'PL1061',
    severity: 'error',
    title: 'The reason is missing',
    cause:
      'The annotation pressluft.dev/ignore-windows lets an environment act outside of maintenance windows; its text is the reason, which plans and records show.',
    cure: 'Write the reason, e.g. "hotfix of the checkout, agreed with the owner".',
  },
  dateInvalid: {
    code: 'PL1062',
    severity: 'error',
    title: 'The date does not exist',
    cause: 'The month has no such day.',
    cure: 'Correct the date.',
  },
  memoryTooSmall: {
    code: 'PL1070',
    severity: 'warning',
    title: 'The node has too little memory for all workers',
    cause:
      'The sum of what the system, MariaDB, Redis, OPcache and all PHP workers typically take is larger than the memory of the node. Pools seldom fill all at once; when they do, the node swaps or the kernel ends processes. A worker is counted with 12 MiB and a sixth of its memoryLimit; MariaDB gets 30 % of the memory for its buffer pool and Redis 6 %.',
    cure: 'Lower php.pool.maxChildren or php.memoryLimit, move environments to another node, or take a larger server type.',
  },
  workersDoNotFit: {
    code: 'PL1071',
    severity: 'error',
    title: 'The node cannot start its workers',
    cause:
      'What runs without a single visitor (the system, MariaDB and the workers that static and dynamic pools keep) does not fit into the memory and swap of the node. It is a warning where the memory is known from records only.',
    cure: 'Use pm: ondemand or fewer workers, move environments to another node, or take a larger server type.',
  },
  serverTypeUnknown: {
    code: 'PL1072',
    severity: 'warning',
    title: 'The server type is not known',
    cause: 'Neither the list that Pressluft brings nor the provider, where it was asked, has the name.',
    cure: 'Correct the name. If the type is new, ignore this: the provider decides.',
  },
  serverTypeRetired: {
    code: 'PL1073',
    severity: 'warning',
    title: 'The server type is no longer sold',
    cause:
      'The provider has retired the type, or will. Servers that exist keep running, but a lost one cannot be made again as it was.',
    cure: 'Choose one of the types that the message names for new nodes, and plan to move the others.',
  },
  serverTypeSoldOut: {
    code: 'PL1074',
    severity: 'warning',
    title: 'The server type is sold out',
    cause: 'The provider has none of that type left in the location, or never offers it there.',
    cure: 'Choose another type or another location, or wait. A server that exists is not affected.',
  },
  locationUnknown: {
    code: 'PL1075',
    severity: 'warning',
    title: 'The location is not known',
    cause: 'Neither the list that Pressluft brings nor the provider, where it was asked, has the name.',
    cure: 'Correct the name. If the location is new, ignore this: the provider decides.',
  },
  cronInvalid: {
    code: 'PL1076',
    severity: 'error',
    title: 'The cron expression cannot be read',
    cause:
      'A field of the expression is out of its range, or is none of *, a number, a list, a range, a step.',
    cure: 'Write five fields: minute 0-59, hour 0-23, day of the month 1-31, month 1-12, day of the week 0-7.',
  },
  scheduleNeverFires: {
    code: 'PL1077',
    severity: 'error',
    title: 'The schedule never fires',
    cause: 'None of the months that the expression names has such a day: there is no 30th of February.',
    cure: 'Name a day that exists.',
  },
  timezoneMissing: {
    code: 'PL1078',
    severity: 'warning',
    title: 'The time zone is not said',
    cause: 'Without a time zone the times are in UTC, which is seldom the night of the people concerned.',
    cure: 'Add timezone: with a name such as Europe/Berlin, or UTC when that is meant.',
  },
  clockChange: {
    code: 'PL1079',
    severity: 'info',
    title: 'The clocks skip or repeat this time',
    cause:
      'On the days on which clocks change, an hour of local time is missing or comes twice. A single time of day fires once all the same, an hour late where it is missing; lists, ranges and steps skip what is missing and repeat what comes twice.',
    cure: 'Nothing, when that is fine. Otherwise choose another time of day, or the time zone UTC.',
  },
  windowNeverCloses: {
    code: 'PL1080',
    severity: 'warning',
    title: 'The maintenance window never closes',
    cause: 'The window is open for as long as it takes until it opens again.',
    cure: 'Shorten its duration, or let it open less often.',
  },
  freezeEndsBeforeStart: {
    code: 'PL1081',
    severity: 'error',
    title: 'The freeze ends before it begins',
    cause: 'The end is not after the beginning.',
    cure: 'Correct one of them; often it is the year.',
  },
  freezeLong: {
    code: 'PL1082',
    severity: 'warning',
    title: 'The freeze is very long',
    cause:
      'For more than 90 days nothing that carries a risk would be done for any environment, security updates included.',
    cure: 'Check the year. Otherwise limit the freeze to some risks or types of environments.',
  },
  retentionKeepsNothing: {
    code: 'PL1083',
    severity: 'error',
    title: 'The retention keeps nothing',
    cause: 'All rules are zero. Once spec.retention is given, rules that it leaves out are zero.',
    cure: 'Keep some: { daily: 7, weekly: 4 }, or leave spec.retention out.',
  },
  retentionKeepsLittle: {
    code: 'PL1084',
    severity: 'warning',
    title: 'The retention keeps too little',
    cause:
      'Damage is often noticed days later. What is kept reaches back less than a day, or is one backup only, which the next one replaces.',
    cure: 'Keep more of the last ones, or some daily ones.',
  },
  backupsUnproven: {
    code: 'PL1085',
    severity: 'warning',
    title: 'Backups are thrown away before they are proven',
    cause:
      'A backup counts only when it was restored and checked. Verification is rarer than the time for which backups are kept.',
    cure: 'Verify more often, or keep backups longer.',
  },
  previewDomainMissing: {
    code: 'PL1086',
    severity: 'warning',
    title: 'The preview domain does not exist',
    cause:
      'Names below .test, .example, .invalid, .localhost, .local and .internal are reserved (RFC 2606, RFC 6761, RFC 6762) and never in the public DNS.',
    cure: 'Use a domain whose wildcard names resolve to the address in them, such as sslip.io, or one that your own resolver knows.',
  },
  certificateNotIssued: {
    code: 'PL1087',
    severity: 'warning',
    title: 'No certificate will be issued',
    cause:
      'A public authority does not issue certificates for names that the public DNS cannot have, for more than 100 names at once, or to accounts whose contact cannot be reached.',
    cure: 'Use a domain of your own, or bring a certificate: tls: { mode: provided }.',
  },
  certificateWithoutDomain: {
    code: 'PL1088',
    severity: 'warning',
    title: 'There is no domain to get a certificate for',
    cause:
      'The environment has only its preview URL. The domain of preview URLs is shared, and so is the number of certificates that an authority issues for it each week.',
    cure: 'Add domains.primary, or turn TLS off until there is one.',
  },
  certificateMissing: {
    code: 'PL1089',
    severity: 'error',
    title: 'The certificate is not given',
    cause:
      'tls.mode is provided, and neither the environment nor the defaults of its site say where the certificate chain and its key are.',
    cure: 'Add tls.certificate and tls.privateKey, or use mode acme.',
  },
  cloneCycle: {
    code: 'PL1090',
    severity: 'error',
    title: 'Environments are clones of one another',
    cause: 'Each waits for another to exist, in a circle.',
    cure: 'Let one of them start as source: new.',
  },
  cloneOfOtherSite: {
    code: 'PL1091',
    severity: 'warning',
    title: 'The clone is one of another site',
    cause: 'The content, the accounts and the customers of one site become those of another.',
    cure: 'Correct the name of the environment, unless it is meant; consider scrub: commerce.',
  },
  promotionInvalid: {
    code: 'PL1092',
    severity: 'error',
    title: 'The promotion leads nowhere',
    cause:
      'Code is promoted from one environment of a site to another one of the same site, which should be running.',
    cure: 'Correct spec.from or spec.to.',
  },
  requestNotDue: {
    code: 'PL1093',
    severity: 'error',
    title: 'The time has not come yet',
    cause: 'A restore takes the newest backup before a moment. Before that moment it is not known which.',
    cure: 'Name a time that has passed, or the id of a record.',
  },
  backupRepositoryMissing: {
    code: 'PL1094',
    severity: 'error',
    title: 'There is nowhere to put the backup',
    cause: 'The environment has no backup policy, and the policy names the repository.',
    cure: 'Add backups: { policy: <name> } to the environment or to the defaults of its site.',
  },
  redirectCycle: {
    code: 'PL1095',
    severity: 'warning',
    title: 'The redirects go round in a circle',
    cause: 'A browser that follows them comes back to where it was and gives up.',
    cure: 'Remove one of them, or let it lead to a page that is not redirected.',
  },
  redirectDuplicate: {
    code: 'PL1096',
    severity: 'error',
    title: 'The path is redirected twice',
    cause: 'nginx takes one exact location for a path and refuses a second one.',
    cure: 'Remove one of them.',
  },
  sopsFileMissing: {
    code: 'PL1100',
    severity: 'error',
    title: 'The SOPS file does not exist',
    cause: 'The repository has no file of that path. Paths count from its root.',
    cure: 'Correct the path, or commit the file.',
  },
  sopsFilePlain: {
    code: 'PL1101',
    severity: 'error',
    title: 'The file with the secret is not encrypted',
    cause: 'A manifest names the file for a secret, and the file has no SOPS metadata.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE". If secrets were committed in the clear, change them: they stay in the history of Git.',
  },
  sopsKeyUnknown: {
    code: 'PL1102',
    severity: 'error',
    title: 'The key does not exist in the SOPS file',
    cause: 'The names of keys are not encrypted, and the file has none of this name.',
    cure: 'Correct the key: names from the top of the file, with dots between them.',
  },
  sopsValuePlain: {
    code: 'PL1103',
    severity: 'error',
    title: 'The secret stands in the clear in its SOPS file',
    cause:
      'The file is a SOPS file, but this value is not encrypted: it was added by hand, or a rule such as encrypted_regex leaves it out.',
    cure: 'Change the secret, for it stays in the history of Git. Write the new one with "sops edit FILE", and check the rules in .sops.yaml.',
  },
  sopsValueNotText: {
    code: 'PL1104',
    severity: 'error',
    title: 'The value in the SOPS file is not a text',
    cause: 'The key leads to a group of values, to a number or a boolean, or to nothing.',
    cure: 'Name the key of one text. Put numbers into quotes with "sops edit FILE".',
  },
  sopsRecipientsMissing: {
    code: 'PL1105',
    severity: 'warning',
    title: 'The SOPS file is not encrypted to all recipients',
    cause:
      'A key of spec.secrets.recipients in pressluft.yaml is not among the recipients of the file, so whoever has it cannot decrypt the file.',
    cure: 'Add the key to .sops.yaml and run "sops updatekeys FILE".',
  },
  sopsNameMisleading: {
    code: 'PL1106',
    severity: 'error',
    title: 'The file is named like a SOPS file and is not encrypted',
    cause: 'Its name ends in .sops.yaml or .sops.json, and it has no SOPS metadata.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE" and change the secrets in it if it was ever pushed.',
  },
  sopsNotSupported: {
    code: 'PL1107',
    severity: 'error',
    title: 'The SOPS file cannot be decrypted by Pressluft',
    cause:
      'It is encrypted to no age key, its key is split over key groups, or it has several YAML documents.',
    cure: 'Encrypt it as one document to the age keys in .sops.yaml, without key groups.',
  },
  signerKeyInvalid: {
    code: 'PL1110',
    severity: 'error',
    title: 'The key of a signer cannot be read',
    cause:
      'It has the form of a public key and is none: cut off, mistyped, of another type than its first word says, or too short to be safe. Nobody could sign with it.',
    cure: 'Copy it again: the line of the file that ends in .pub, or what "gpg --armor --export <mail>" prints.',
  },
  signerKeyShared: {
    code: 'PL1111',
    severity: 'error',
    title: 'A key belongs to two signers',
    cause: 'Reports name the signer by the key, so a key of two could not tell who it was.',
    cure: 'Remove one of the entries, or give each signer a key of their own.',
  },
} as const satisfies Record<string, DiagnosticEntry>;

export type DiagnosticCode = (typeof diagnosticCatalogue)[keyof typeof diagnosticCatalogue]['code'];

/** The code of each diagnostic by its name. */
export const diagnosticCodes = codesOf(diagnosticCatalogue);

export const diagnosticsByCode = byCode<DiagnosticEntry, DiagnosticCode>(diagnosticCatalogue);
