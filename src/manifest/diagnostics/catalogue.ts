import { byCode, codesOf } from '../../fleet/error-entry.ts';
import type { DiagnosticEntry } from './diagnostic-entry.ts';

/**
 * Every diagnostic of manifests by its name. Codes are stable and never reused. The pages under `docs/errors/` are generated from this.
 * 100x files, 101x YAML, 102x identity of a document, 103x–104x fields, 105x references between resources, 1059–1062 single documents,
 * 107x–109x well-formed manifests that cannot work or are probably unintended, 110x SOPS files, 111x signers, 112x nginx,
 * 114x names that somebody else holds, 115x owners of files and secrets, 117x values of settings and limits of nodes.
 */
export const diagnosticCatalogue = {
  notAFile: {
    code: 'PL1001',
    severity: 'error',
    title: 'A symbolic link or submodule is not followed',
    cause:
      'A link could point outside the repository, and the content of a submodule is not part of the commit.',
    cure: 'Commit the manifest file itself at this path.',
  },
  fileTooLarge: {
    code: 'PL1002',
    severity: 'error',
    title: 'The file is too large',
    cause: 'A manifest file may have at most 1 MiB.',
    cure: 'Split the file, preferably into one resource per file.',
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
    cure: 'Correct the listed problems and validate again.',
  },
  lfsPointer: {
    code: 'PL1007',
    severity: 'error',
    title: 'The file is a pointer of Git LFS',
    cause: 'Git LFS stores the content elsewhere and commits a pointer. Only the commit itself is read.',
    cure: 'Exclude manifests from Git LFS in .gitattributes, then commit the content: git add --renormalize.',
  },
  conflictMarker: {
    code: 'PL1008',
    severity: 'error',
    title: 'The file has markers of a merge conflict',
    cause: 'The file was committed while a merge was not resolved.',
    cure: 'Keep one of the two sides, and remove the lines with the markers.',
  },
  yamlInvalid: {
    code: 'PL1010',
    severity: 'error',
    title: 'The file is not valid YAML',
    cause: 'The YAML parser cannot parse the text at this place.',
    cure: 'Correct the syntax; the mistake is often just before the marked place.',
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
    cause: 'The merge key << is not part of YAML 1.2 and hides which fields a manifest has.',
    cure: 'Write the fields out, or put the shared ones into spec.defaults of the site.',
  },
  yamlTag: {
    code: 'PL1013',
    severity: 'error',
    title: 'A YAML tag is not supported',
    cause:
      'Tags such as !!js/function or !custom would change the meaning of a value. Only the tags of the YAML core schema are supported.',
    cure: 'Remove the tag.',
  },
  yamlAlias: {
    code: 'PL1014',
    severity: 'error',
    title: 'An alias cannot be used',
    cause:
      'The alias has no anchor before it, contains itself, or the aliases of the document expand to too many values.',
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
      'The markers {{, {% and {# start a template in Ansible. Values of manifests are data, so these markers are refused everywhere.',
    cure: 'Remove the marker. Manifests have no templates; put repeated values into spec.defaults of the site.',
  },
  controlCharacter: {
    code: 'PL1017',
    severity: 'error',
    title: 'A control character is not allowed',
    cause: 'The text has an invisible character, or a line break where one line is expected.',
    cure: 'Remove the character. For text over several lines use ">-", which folds it into one line.',
  },
  keyReserved: {
    code: 'PL1018',
    severity: 'error',
    title: 'A key is reserved',
    cause: 'The key has a special meaning in JavaScript.',
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
    cause: 'The document looks like a manifest, but does not name its format or its kind.',
    cure: 'Start it with "apiVersion: pressluft.dev/v1" and "kind: …".',
  },
  apiVersionUnknown: {
    code: 'PL1021',
    severity: 'error',
    title: 'The apiVersion is not known',
    cause: 'This version of Pressluft reads manifests of apiVersion pressluft.dev/v1.',
    cure: 'Write pressluft.dev/v1, or install a version of Pressluft that supports the newer format.',
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
    cure: 'No action needed.',
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
    cause: 'A repository has exactly one manifest of kind Pressluft, in pressluft.yaml at its root.',
    cure: 'Move it there, and remove any second one.',
  },
  fieldUnknown: {
    code: 'PL1030',
    severity: 'error',
    title: 'The field is not known',
    cause:
      'The kind has no field of this name at this place. Usually it is misspelt, or indented under the wrong parent. Unknown fields are refused, because they would have no effect.',
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
    cause: 'The field is required, and no default could be right for every fleet.',
    cure: 'Add the field below the marked place.',
  },
  valueNotAllowed: {
    code: 'PL1033',
    severity: 'error',
    title: 'The value is not allowed',
    cause: 'The field takes one of a fixed list of values, and this is not one of them.',
    cure: 'Use one of the values that the message lists; upper and lower case matter.',
  },
  valueMalformed: {
    code: 'PL1034',
    severity: 'error',
    title: 'The value is not well-formed',
    cause:
      'The text does not have the form that the field needs: a size with its unit, an exact version, a slug, an address.',
    cure: 'Write it in the form of the example in the message.',
  },
  valueOutOfRange: {
    code: 'PL1035',
    severity: 'error',
    title: 'The value is out of range',
    cause: 'A number, a length or the number of entries is too small or too large.',
    cure: 'Use a value in the range that the message names. The limits come from the provider, from PHP or from the capacity of a node.',
  },
  notSupportedYet: {
    code: 'PL1036',
    severity: 'warning',
    title: 'This is recorded, and not supported yet',
    cause:
      'The manifest is valid, but this version of Pressluft does not support the field, value or kind. It is recorded for a later version.',
    cure: 'Do not rely on it yet. Keep it, or remove it for now.',
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
      'The setting would break the isolation between the environments of a node (open_basedir, extensions, prepended files, opcache), or Pressluft sets it itself from another field. No permission allows it.',
    cure: 'Remove it. The memory limit is php.memoryLimit; the size of the pool is php.pool.',
  },
  constantNotAllowed: {
    code: 'PL1041',
    severity: 'error',
    title: 'The constant is not allowed',
    cause:
      'Pressluft sets the constant itself (database, cache, addresses, file modifications), or it holds a secret such as a key or salt, which must not be in Git.',
    cure: 'Remove it: keys and salts are generated on the node, and the other constants are set from fields of the manifest.',
  },
  secretReferenceNotAllowed: {
    code: 'PL1042',
    severity: 'error',
    title: 'The secret reference is not allowed',
    cause:
      'A manifest can only refer to variables that start with PRESSLUFT_SECRET_ (for the token of a provider also HCLOUD_) and to files of the secrets directory. Otherwise it could send other secrets of the controller to any host.',
    cure: 'Provide the secret to the controller under an allowed name.',
  },
  endpointUnsafe: {
    code: 'PL1043',
    severity: 'error',
    title: 'The endpoint is not safe',
    cause:
      'The token would be sent unencrypted over a public network, or to a host other than that of the provider.',
    cure: 'Use https and the address of the provider; http is allowed for private addresses only.',
  },
  passwordNotHashed: {
    code: 'PL1044',
    severity: 'error',
    title: 'The password is not hashed',
    cause:
      'Git must not hold passwords, so the field takes a hash: bcrypt ($2y$), $apr1$, $5$, $6$ or {SHA}.',
    cure: 'Create a hash with "htpasswd -nB <user>". Change every password that was committed in clear text.',
  },
  networkInvalid: {
    code: 'PL1045',
    severity: 'error',
    title: 'The network is not valid',
    cause:
      'The text is not a network in CIDR notation: the prefix length is missing or too large, or the address is not valid.',
    cure: 'Write the address and the prefix length, e.g. 203.0.113.0/24 or 2001:db8::/32.',
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
      'The braces or quotes of the snippet are not balanced, so it would close the server block or absorb the directives after it; or it has a control character.',
    cure: 'Balance the braces and quotes.',
  },
  domainUnusable: {
    code: 'PL1048',
    severity: 'error',
    title: 'The domain cannot be used',
    cause: 'Wildcards, IP addresses and names that are not in ASCII form cannot be served.',
    cure: 'Use a host name in lower case such as www.acme.example.',
  },
  referenceUnknown: {
    code: 'PL1050',
    severity: 'error',
    title: 'The referenced resource does not exist',
    cause:
      'No manifest of that kind has this name in metadata.name. File names do not matter, and a quarantined manifest still counts.',
    cure: 'Correct the name, or add the manifest in the same commit.',
  },
  resourceDuplicate: {
    code: 'PL1051',
    severity: 'error',
    title: 'The resource is defined twice',
    cause:
      'Two documents have the same kind and name. Pressluft cannot tell which one is intended, so both are quarantined.',
    cure: 'Remove or rename one of them.',
  },
  domainDuplicate: {
    code: 'PL1052',
    severity: 'error',
    quarantines: false,
    title: 'The domain belongs to two environments',
    cause:
      'A domain can belong to one environment only. The one that has it applied keeps it, and stays as it is; each other one is blocked. If it is not applied to any of them, all are blocked, because Pressluft cannot tell which one is intended.',
    cure: 'Remove it from one of them. To move it to another environment, remove it from the first one, in the same commit.',
  },
  phpVersionUnavailable: {
    code: 'PL1053',
    severity: 'error',
    title: 'The PHP version is not available',
    cause: 'The node does not install this PHP version, or its package source does not offer it.',
    cure: 'Add the version to spec.php.versions of the node, with spec.phpAptSource in pressluft.yaml if the distribution does not offer it; or choose another version.',
  },
  checksumMissing: {
    code: 'PL1054',
    severity: 'error',
    title: 'The version has no checksum',
    cause: 'Nodes download only versions that have a checksum in spec.artifacts of pressluft.yaml.',
    cure: 'Add the version there with the output of sha256sum.',
  },
  resourceQuarantined: {
    code: 'PL1055',
    severity: 'warning',
    title: 'The resource is quarantined',
    cause:
      'A resource that it depends on has a broken manifest. Both stay as they are until that manifest is corrected.',
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
    title: 'A value is missing here and in the defaults of the site',
    cause: 'The environment needs the value, and the defaults of its site do not give it.',
    cure: 'Set it here, or in spec.defaults of the site.',
  },
  notExactlyOne: {
    code: 'PL1059',
    severity: 'error',
    title: 'Exactly one of several fields must be given',
    cause:
      'The fields are mutually exclusive, for example the places where a secret or a backup can be. None of them is given, or more than one.',
    cure: 'Keep the intended one.',
  },
  annotationUnused: {
    code: 'PL1060',
    severity: 'warning',
    title: 'The annotation has no effect',
    cause:
      'Annotations with the prefix pressluft.dev/ are reserved for Pressluft, which has none of this name for this kind.',
    cure: 'Correct the name, or use another prefix for your own annotations.',
  },
  reasonMissing: {
    code: 'PL1061',
    severity: 'error',
    title: 'The reason is missing',
    cause:
      'The annotation pressluft.dev/ignore-windows lets an environment change outside of maintenance windows; its text is the reason, which plans and records show.',
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
      'The system, MariaDB, the object caches, the PHP masters with their code caches and all PHP workers together typically use more memory than the node has. Pools are rarely full at the same time; when they are, the node swaps or the kernel kills processes. A worker counts as 12 MiB plus a sixth of its memoryLimit; MariaDB gets 30 % of the memory for its buffer pool, and an object cache its quota (cache.memory).',
    cure: 'Lower php.pool.maxChildren, php.memoryLimit or cache.memory, move environments to another node, or take a larger server type.',
  },
  workersDoNotFit: {
    code: 'PL1071',
    severity: 'error',
    title: 'The node cannot start its workers',
    cause:
      'The processes that run without any visitor (the system, MariaDB, and the workers that static and dynamic pools keep ready) do not fit into the memory and swap of the node. This is a warning where the memory is known from records only.',
    cure: 'Use pm: ondemand or fewer workers, move environments to another node, or take a larger server type.',
  },
  serverTypeUnknown: {
    code: 'PL1072',
    severity: 'warning',
    title: 'The server type is not known',
    cause:
      'The name is neither in the built-in list of Pressluft nor in the answer of the provider, if the provider was asked.',
    cure: 'Correct the name. If the type is new, ignore this: the provider decides.',
  },
  serverTypeRetired: {
    code: 'PL1073',
    severity: 'warning',
    title: 'The server type is no longer sold',
    cause:
      'The provider has retired the type, or will. Existing servers keep running, but a lost one cannot be created again with the same type.',
    cure: 'Choose one of the types that the message names for new nodes, and plan to migrate existing ones.',
  },
  serverTypeSoldOut: {
    code: 'PL1074',
    severity: 'warning',
    title: 'The server type is sold out',
    cause: 'The type is sold out in the location, or is never offered there.',
    cure: 'Choose another type or another location, or wait. Existing servers are not affected.',
  },
  locationUnknown: {
    code: 'PL1075',
    severity: 'warning',
    title: 'The location is not known',
    cause:
      'The name is neither in the built-in list of Pressluft nor in the answer of the provider, if the provider was asked.',
    cure: 'Correct the name. If the location is new, ignore this: the provider decides.',
  },
  cronInvalid: {
    code: 'PL1076',
    severity: 'error',
    title: 'The cron expression is not valid',
    cause: 'A field of the expression is out of range, or is not *, a number, a list, a range or a step.',
    cure: 'Write five fields: minute 0-59, hour 0-23, day of the month 1-31, month 1-12, day of the week 0-7.',
  },
  scheduleNeverFires: {
    code: 'PL1077',
    severity: 'error',
    title: 'The schedule never fires',
    cause: 'None of the months in the expression has the day. For example, February has no day 30.',
    cure: 'Use a day that exists.',
  },
  timezoneMissing: {
    code: 'PL1078',
    severity: 'warning',
    title: 'The time zone is missing',
    cause: 'Without a time zone the times are in UTC, which is rarely the local time that was intended.',
    cure: 'Add timezone: with a name such as Europe/Berlin, or UTC if that is intended.',
  },
  clockChange: {
    code: 'PL1079',
    severity: 'info',
    title: 'A clock change skips or repeats this time',
    cause:
      'On days when the clocks change, an hour of local time is skipped or repeated. A single time of day still fires exactly once, an hour late if it is skipped. Lists, ranges and steps do not fire at skipped times and fire twice at repeated ones.',
    cure: 'No action needed if that is acceptable. Otherwise choose another time of day, or the time zone UTC.',
  },
  windowNeverCloses: {
    code: 'PL1080',
    severity: 'warning',
    title: 'The maintenance window never closes',
    cause: 'The window is still open when it opens again.',
    cure: 'Shorten its duration, or let it open less often.',
  },
  freezeEndsBeforeStart: {
    code: 'PL1081',
    severity: 'error',
    title: 'The freeze ends before it begins',
    cause: 'The end is not after the beginning.',
    cure: 'Correct one of them; often the year is wrong.',
  },
  freezeLong: {
    code: 'PL1082',
    severity: 'warning',
    title: 'The freeze is very long',
    cause: 'For more than 90 days no risky action would run for any environment, including security updates.',
    cure: 'Check the year. Otherwise limit the freeze to some risks or types of environments.',
  },
  retentionKeepsNothing: {
    code: 'PL1083',
    severity: 'error',
    title: 'The retention keeps nothing',
    cause: 'All rules are zero. If spec.retention is given, the rules that it leaves out are zero.',
    cure: 'Keep some: { daily: 7, weekly: 4 }, or leave spec.retention out.',
  },
  retentionKeepsLittle: {
    code: 'PL1084',
    severity: 'warning',
    title: 'The retention keeps too little',
    cause:
      'Damage is often noticed days later. The kept backups reach back less than a day, or there is only one, which the next one replaces.',
    cure: 'Keep more of the last backups, or some daily ones.',
  },
  backupsUnproven: {
    code: 'PL1085',
    severity: 'warning',
    title: 'Backups are deleted before they are proven',
    cause:
      'A backup counts only when it was restored and checked. The interval of verification is longer than the time for which backups are kept.',
    cure: 'Verify more often, or keep backups longer.',
  },
  previewDomainMissing: {
    code: 'PL1086',
    severity: 'warning',
    title: 'The preview domain does not resolve',
    cause:
      'Names below .test, .example, .invalid, .localhost, .local and .internal are reserved (RFC 2606, RFC 6761, RFC 6762) and never in the public DNS.',
    cure: 'Use a domain whose wildcard names resolve to the address in them, such as sslip.io, or one that your own resolver knows.',
  },
  certificateNotIssued: {
    code: 'PL1087',
    severity: 'warning',
    title: 'No certificate will be issued',
    cause:
      'A public certificate authority issues no certificates for names that cannot exist in the public DNS, for more than 100 names at once, or to accounts whose contact address cannot be reached.',
    cure: 'Use a domain of your own, or provide a certificate: tls: { mode: provided }.',
  },
  certificateWithoutDomain: {
    code: 'PL1088',
    severity: 'warning',
    title: 'The environment has no domain for a certificate',
    cause:
      'The environment has only its preview URL. The domain of preview URLs is shared, and so is its weekly limit of new certificates.',
    cure: 'Add domains.primary, or turn TLS off until there is one.',
  },
  certificateMissing: {
    code: 'PL1089',
    severity: 'error',
    title: 'The certificate is missing',
    cause:
      'tls.mode is provided, and neither the environment nor the defaults of its site name the certificate chain and its key.',
    cure: 'Add tls.certificate and tls.privateKey, or use mode acme.',
  },
  cloneCycle: {
    code: 'PL1090',
    severity: 'error',
    title: 'Environments are clones of one another',
    cause: 'Each environment needs another one to exist first, in a cycle.',
    cure: 'Use source: new for one of them.',
  },
  cloneOfOtherSite: {
    code: 'PL1091',
    severity: 'warning',
    title: 'The source of the clone belongs to another site',
    cause: 'The content, the accounts and the customers of one site would be copied into another site.',
    cure: 'Correct the name of the environment. If it is intended, consider scrub: commerce.',
  },
  promotionInvalid: {
    code: 'PL1092',
    severity: 'error',
    title: 'The promotion is not possible',
    cause:
      'Code is promoted from one environment of a site to another environment of the same site, which should be running.',
    cure: 'Correct spec.from or spec.to.',
  },
  requestNotDue: {
    code: 'PL1093',
    severity: 'error',
    title: 'The time is in the future',
    cause:
      'A restore takes the newest backup made before the given time. Until that time has passed, the backup is not known.',
    cure: 'Give a time in the past, or the id of a backup record.',
  },
  backupRepositoryMissing: {
    code: 'PL1094',
    severity: 'error',
    title: 'The backup has no repository',
    cause: 'The backup policy names the repository, and the environment has no backup policy.',
    cure: 'Add backups: { policy: <name> } to the environment or to the defaults of its site.',
  },
  redirectCycle: {
    code: 'PL1095',
    severity: 'warning',
    title: 'The redirects form a loop',
    cause: 'A browser that follows them returns to the first URL and gives up.',
    cure: 'Remove one of them, or redirect it to a page that is not redirected itself.',
  },
  redirectDuplicate: {
    code: 'PL1096',
    severity: 'error',
    title: 'The path is redirected twice',
    cause: 'nginx accepts one exact location per path and refuses a second one.',
    cure: 'Remove one of them.',
  },
  sopsFileMissing: {
    code: 'PL1100',
    severity: 'error',
    title: 'The SOPS file does not exist',
    cause: 'The repository has no file at this path. Paths are relative to its root.',
    cure: 'Correct the path, or commit the file.',
  },
  sopsFilePlain: {
    code: 'PL1101',
    severity: 'error',
    title: 'The file with the secret is not encrypted',
    cause: 'A manifest refers to the file for a secret, and the file has no SOPS metadata.',
    cure: 'Encrypt it with "sops encrypt --in-place FILE". If secrets were committed in clear text, change them: they stay in the history of Git.',
  },
  sopsKeyUnknown: {
    code: 'PL1102',
    severity: 'error',
    title: 'The key does not exist in the SOPS file',
    cause: 'SOPS does not encrypt the names of keys, and the file has no key of this name.',
    cure: 'Correct the key: the names from the top of the file, with dots between them.',
  },
  sopsValuePlain: {
    code: 'PL1103',
    severity: 'error',
    title: 'The secret is in clear text in its SOPS file',
    cause:
      'The file is a SOPS file, but this value is not encrypted: it was added by hand, or a rule such as encrypted_regex leaves it out.',
    cure: 'Change the secret, because it stays in the history of Git. Write the new one with "sops edit FILE", and check the rules in .sops.yaml.',
  },
  sopsValueNotText: {
    code: 'PL1104',
    severity: 'error',
    title: 'The value in the SOPS file is not text',
    cause: 'The key refers to a group of values, a number, a boolean or an empty value.',
    cure: 'Use the key of a single text. Put numbers into quotes with "sops edit FILE".',
  },
  sopsRecipientsMissing: {
    code: 'PL1105',
    severity: 'warning',
    title: 'The SOPS file is not encrypted to all recipients',
    cause:
      'A key of spec.secrets.recipients in pressluft.yaml is not among the recipients of the file, so its owner cannot decrypt the file.',
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
      'It is not encrypted to any age key, its key is split over key groups, or it has several YAML documents.',
    cure: 'Encrypt it as one document to the age keys in .sops.yaml, without key groups.',
  },
  signerKeyInvalid: {
    code: 'PL1110',
    severity: 'error',
    title: 'The key of a signer cannot be read',
    cause:
      'It has the form of a public key but is not a valid one: truncated, mistyped, of another type than its first word says, or too short to be secure. Nobody could sign with it.',
    cure: 'Copy it again: the line of the .pub file, or the output of "gpg --armor --export <mail>".',
  },
  signerKeyShared: {
    code: 'PL1111',
    severity: 'error',
    title: 'A key belongs to two signers',
    cause: 'Reports identify the signer by the key, so a shared key would be ambiguous.',
    cure: 'Remove one of the entries, or give each signer their own key.',
  },
  snippetNotAllowed: {
    code: 'PL1120',
    severity: 'error',
    title: 'The node does not allow the nginx snippet',
    cause:
      'Raw nginx directives act with the rights of nginx, which serves all environments of the node. The owner of the fleet permits them for single environments, in spec.nginx.allowSnippets of the Node.',
    cure: 'Use the fields of spec.nginx: clientMaxBodySize, headers, allow, deny, xmlrpc, lifetimes and locations; redirects are in spec.domains. What was applied before stays live.',
  },
  snippetDirective: {
    code: 'PL1121',
    severity: 'error',
    title: 'The nginx snippet has a directive that is not allowed',
    cause:
      'A snippet may have harmless directives only: none that reads, writes or logs to a file, includes, listens, names a server, passes requests on, runs code, or shows internal variables.',
    cure: 'Use the other fields of spec.nginx. docs/security.md lists what a snippet may have.',
  },
  nginxConflict: {
    code: 'PL1122',
    severity: 'error',
    title: 'Settings of nginx contradict each other',
    cause: 'Two settings apply to the same path or network, and only one of them could have an effect.',
    cure: 'Keep the intended one.',
  },
  snippetPermissionUnused: {
    code: 'PL1123',
    severity: 'warning',
    title: 'A permission for nginx snippets is not used',
    cause:
      'The node has no environment of this name. Whoever adds one on this node later could use the permission.',
    cure: 'Correct the name, or remove it from spec.nginx.allowSnippets.',
  },
  memoryBelowOneRequest: {
    code: 'PL1130',
    severity: 'error',
    title: 'The memory of the environment is too small for one request',
    cause:
      'resources.memory limits all processes of the environment together: the PHP master with its code cache, and the workers. The kernel would end a worker before it reaches php.memoryLimit, and the visitor would get the status 502 instead of an error that is logged.',
    cure: 'Use at least php.memoryLimit and 128MiB more, or lower php.memoryLimit.',
  },
  connectionsDoNotFit: {
    code: 'PL1135',
    severity: 'error',
    title: 'The environments of a node may open more connections than its database has',
    cause:
      'Each environment may open as many connections to MariaDB as it has PHP workers, and 10 more for cron and WP-CLI. On one node these are at most 3900 together, so that root always finds a free one.',
    cure: 'Lower php.pool.maxChildren, or move environments to another node.',
  },
  previewHostTaken: {
    code: 'PL1140',
    severity: 'error',
    title: 'The domain is reserved for preview hosts',
    cause:
      'Every environment has a preview host, <environment>.<address of its node with dashes>.<previewDomain>. Names of this form belong to the environment that they name, whatever the address, and so do names below them; the names above them belong to nobody.',
    cure: 'Remove the domain. The preview host of the environment itself needs no entry.',
  },
  nameReserved: {
    code: 'PL1141',
    severity: 'error',
    title: 'The name is used by the node itself',
    cause:
      'Files, PHP pools, sockets and units on a node have the name of the environment, and the node has some of its own.',
    cure: 'Choose another name.',
  },
  nameContested: {
    code: 'PL1142',
    severity: 'error',
    quarantines: false,
    title: 'Two nodes would have a server of the same name',
    cause:
      'A server is named <fleet>-<node>. Host names have at most 63 characters, so a longer one is cut and ends with a hash, and another node has exactly the resulting name.',
    cure: 'Choose a shorter name for one of them.',
  },
  ownershipMissing: {
    code: 'PL1150',
    severity: 'warning',
    title: 'No rule says which files may describe what',
    cause:
      'The fleet has several sites and spec.ownership of pressluft.yaml is absent. Whoever may change one file of the repository can describe nodes, providers and the environments of all sites in it, whatever a CODEOWNERS file says about other paths.',
    cure: 'Add spec.ownership: the paths of the fleet owner with level: fleet, and sites/{site}/** for the owners of sites. "pressluft init" writes an example.',
  },
  documentNotOwned: {
    code: 'PL1151',
    severity: 'error',
    title: 'The file may not hold this kind of document',
    cause:
      'spec.ownership of pressluft.yaml says which files may hold which kinds, and the last rule that matches the path of this file does not allow it, or no rule matches. The document has no effect. If the resource was applied before, it is left as it is.',
    cure: 'Move the document to a file that may hold it, or ask the fleet owner for a rule.',
  },
  siteNotOwned: {
    code: 'PL1152',
    severity: 'error',
    title: 'The file may not hold documents of this site',
    cause:
      'The document describes a site or an environment, makes a request for one, or copies one, and spec.ownership of pressluft.yaml gives the file to another site. The document has no effect. If the resource was applied before, it is left as it is.',
    cure: 'Name a resource of the site that the path belongs to, or move the document to a path of its site.',
  },
  fieldNotOwned: {
    code: 'PL1153',
    severity: 'error',
    title: 'The field belongs to the fleet owner',
    cause:
      'The file belongs to the owner of a site by spec.ownership of pressluft.yaml, and the field reaches further than the site. The reference names the level of every field.',
    cure: 'Remove the field, or let the fleet owner write it in a file with level: fleet.',
  },
  ownershipRuleEmpty: {
    code: 'PL1154',
    severity: 'error',
    title: 'A rule of ownership allows nothing',
    cause:
      'A path of a rule names no site and the rule lists none, or the rule lists a kind that owners of sites may not write.',
    cure: 'Write {site} into the path, list the sites, or set level: fleet.',
  },
  secretNotGranted: {
    code: 'PL1155',
    severity: 'error',
    title: 'No grant allows this use of the secret',
    cause:
      'A reference to a secret needs an entry in spec.secrets.grants of pressluft.yaml that names the resource, the field and the host that it is sent to. Without a grant a secret can only be the token of a provider. The controller does not use the secret. It is a warning while the fleet has no grants at all.',
    cure: 'If this use is intended, let the fleet owner add the grant that the message shows.',
  },
  settingUnknown: {
    code: 'PL1170',
    severity: 'error',
    title: 'The setting is not in the list',
    cause:
      'Manifests may set the php.ini settings and the constants of WordPress that docs/manifests.md lists, each with a type and a range, and constants of their own with a prefix (SHOP_…, not WP_…). PHP and WordPress ignore an unknown name without a message.',
    cure: 'Correct the name. If it is right, the owner of the fleet can allow it in spec.php.allowSettings of the Node.',
  },
  settingInvalid: {
    code: 'PL1171',
    severity: 'error',
    title: 'The value of the setting is not valid',
    cause:
      'PHP would read another value than the one that is meant, without a message: 64MB is 64 bytes, "five" is 0, and the constant "false" is true.',
    cure: 'Write the value in the form that the message shows.',
  },
  settingsConflict: {
    code: 'PL1172',
    severity: 'error',
    title: 'The setting is beyond one that it depends on',
    cause:
      'upload_max_filesize ≤ post_max_size ≤ php.memoryLimit, and max_execution_time ≤ php.pool.requestTerminateTimeout: the smaller one decides, and PHP drops a form that is too large without an error. It is a warning where the larger value has no effect: clientMaxBodySize beyond post_max_size, and WP_MEMORY_LIMIT beyond php.memoryLimit.',
    cure: 'Raise the one that limits, or lower the other. post_max_size and clientMaxBodySize follow upload_max_filesize when they are left out.',
  },
  settingPermissionRefused: {
    code: 'PL1173',
    severity: 'error',
    title: 'The setting cannot be allowed',
    cause:
      'The setting isolates the environments of a node from each other, holds a secret, or is set by Pressluft. No node can allow it. It is a warning where environments may set it without a permission.',
    cure: 'Remove the name from spec.php.allowSettings.',
  },
  settingMisspelt: {
    code: 'PL1175',
    severity: 'warning',
    title: 'The constant is probably a misspelling',
    cause: 'A constant of WordPress has almost the same name. WordPress ignores this one.',
    cure: 'Correct the name. If the constant is your own, give it another name.',
  },
} as const satisfies Record<string, DiagnosticEntry>;

export type DiagnosticCode = (typeof diagnosticCatalogue)[keyof typeof diagnosticCatalogue]['code'];

/** The code of each diagnostic by its name. */
export const diagnosticCodes = codesOf(diagnosticCatalogue);

export const diagnosticsByCode = byCode<DiagnosticEntry, DiagnosticCode>(diagnosticCatalogue);
