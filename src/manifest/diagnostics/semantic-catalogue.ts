import type { DiagnosticEntry } from './diagnostic-entry.ts';

/** Manifests that are well-formed and ask for what cannot work, or probably was not meant. */
export const semanticCatalogue = {
  PL1070: {
    severity: 'warning',
    title: 'The node has too little memory for all workers',
    cause:
      'The sum of what the system, MariaDB, Redis, OPcache and all PHP workers typically take is larger than the memory of the node. Pools seldom fill all at once; when they do, the node swaps or the kernel ends processes. A worker is counted with 12 MiB and a sixth of its memoryLimit; MariaDB gets 30 % of the memory for its buffer pool and Redis 6 %.',
    cure: 'Lower php.pool.maxChildren or php.memoryLimit, move environments to another node, or take a larger server type.',
  },
  PL1071: {
    severity: 'error',
    title: 'The node cannot start its workers',
    cause:
      'What runs without a single visitor (the system, MariaDB and the workers that static and dynamic pools keep) does not fit into the memory and swap of the node. It is a warning where the memory is known from records only.',
    cure: 'Use pm: ondemand or fewer workers, move environments to another node, or take a larger server type.',
  },
  PL1072: {
    severity: 'warning',
    title: 'The server type is not known',
    cause: 'Neither the list that Pressluft brings nor the provider, where it was asked, has the name.',
    cure: 'Correct the name. If the type is new, ignore this: the provider decides.',
  },
  PL1073: {
    severity: 'warning',
    title: 'The server type is no longer sold',
    cause:
      'The provider has retired the type, or will. Servers that exist keep running, but a lost one cannot be made again as it was.',
    cure: 'Choose one of the types that the message names for new nodes, and plan to move the others.',
  },
  PL1074: {
    severity: 'warning',
    title: 'The server type is sold out',
    cause: 'The provider has none of that type left in the location, or never offers it there.',
    cure: 'Choose another type or another location, or wait. A server that exists is not affected.',
  },
  PL1075: {
    severity: 'warning',
    title: 'The location is not known',
    cause: 'Neither the list that Pressluft brings nor the provider, where it was asked, has the name.',
    cure: 'Correct the name. If the location is new, ignore this: the provider decides.',
  },
  PL1076: {
    severity: 'error',
    title: 'The cron expression cannot be read',
    cause:
      'A field of the expression is out of its range, or is none of *, a number, a list, a range, a step.',
    cure: 'Write five fields: minute 0-59, hour 0-23, day of the month 1-31, month 1-12, day of the week 0-7.',
  },
  PL1077: {
    severity: 'error',
    title: 'The schedule never fires',
    cause: 'None of the months that the expression names has such a day: there is no 30th of February.',
    cure: 'Name a day that exists.',
  },
  PL1078: {
    severity: 'warning',
    title: 'The time zone is not said',
    cause: 'Without a time zone the times are in UTC, which is seldom the night of the people concerned.',
    cure: 'Add timezone: with a name such as Europe/Berlin, or UTC when that is meant.',
  },
  PL1079: {
    severity: 'info',
    title: 'The clocks skip or repeat this time',
    cause:
      'On the days on which clocks change, an hour of local time is missing or comes twice. A single time of day fires once all the same, an hour late where it is missing; lists, ranges and steps skip what is missing and repeat what comes twice.',
    cure: 'Nothing, when that is fine. Otherwise choose another time of day, or the time zone UTC.',
  },
  PL1080: {
    severity: 'warning',
    title: 'The maintenance window never closes',
    cause: 'The window is open for as long as it takes until it opens again.',
    cure: 'Shorten its duration, or let it open less often.',
  },
  PL1081: {
    severity: 'error',
    title: 'The freeze ends before it begins',
    cause: 'The end is not after the beginning.',
    cure: 'Correct one of them; often it is the year.',
  },
  PL1082: {
    severity: 'warning',
    title: 'The freeze is very long',
    cause:
      'For more than 90 days nothing that carries a risk would be done for any environment, security updates included.',
    cure: 'Check the year. Otherwise limit the freeze to some risks or types of environments.',
  },
  PL1083: {
    severity: 'error',
    title: 'The retention keeps nothing',
    cause: 'All rules are zero. Once spec.retention is given, rules that it leaves out are zero.',
    cure: 'Keep some: { daily: 7, weekly: 4 }, or leave spec.retention out.',
  },
  PL1084: {
    severity: 'warning',
    title: 'The retention keeps too little',
    cause:
      'Damage is often noticed days later. What is kept reaches back less than a day, or is one backup only, which the next one replaces.',
    cure: 'Keep more of the last ones, or some daily ones.',
  },
  PL1085: {
    severity: 'warning',
    title: 'Backups are thrown away before they are proven',
    cause:
      'A backup counts only when it was restored and checked. Verification is rarer than the time for which backups are kept.',
    cure: 'Verify more often, or keep backups longer.',
  },
  PL1086: {
    severity: 'warning',
    title: 'The preview domain does not exist',
    cause:
      'Names below .test, .example, .invalid, .localhost, .local and .internal are reserved (RFC 2606, RFC 6761, RFC 6762) and never in the public DNS.',
    cure: 'Use a domain whose wildcard names resolve to the address in them, such as sslip.io, or one that your own resolver knows.',
  },
  PL1087: {
    severity: 'warning',
    title: 'No certificate will be issued',
    cause:
      'A public authority does not issue certificates for names that the public DNS cannot have, for more than 100 names at once, or to accounts whose contact cannot be reached.',
    cure: 'Use a domain of your own, or bring a certificate: tls: { mode: provided }.',
  },
  PL1088: {
    severity: 'warning',
    title: 'There is no domain to get a certificate for',
    cause:
      'The environment has only its preview URL. The domain of preview URLs is shared, and so is the number of certificates that an authority issues for it each week.',
    cure: 'Add domains.primary, or turn TLS off until there is one.',
  },
  PL1089: {
    severity: 'error',
    title: 'The certificate is not given',
    cause:
      'tls.mode is provided, and neither the environment nor the defaults of its site say where the certificate chain and its key are.',
    cure: 'Add tls.certificate and tls.privateKey, or use mode acme.',
  },
  PL1090: {
    severity: 'error',
    title: 'Environments are clones of one another',
    cause: 'Each waits for another to exist, in a circle.',
    cure: 'Let one of them start as source: new.',
  },
  PL1091: {
    severity: 'warning',
    title: 'The clone is one of another site',
    cause: 'The content, the accounts and the customers of one site become those of another.',
    cure: 'Correct the name of the environment, unless it is meant; consider scrub: commerce.',
  },
  PL1092: {
    severity: 'error',
    title: 'The promotion leads nowhere',
    cause:
      'Code is promoted from one environment of a site to another one of the same site, which should be running.',
    cure: 'Correct spec.from or spec.to.',
  },
  PL1093: {
    severity: 'error',
    title: 'The time has not come yet',
    cause: 'A restore takes the newest backup before a moment. Before that moment it is not known which.',
    cure: 'Name a time that has passed, or the id of a record.',
  },
  PL1094: {
    severity: 'error',
    title: 'There is nowhere to put the backup',
    cause: 'The environment has no backup policy, and the policy names the repository.',
    cure: 'Add backups: { policy: <name> } to the environment or to the defaults of its site.',
  },
  PL1095: {
    severity: 'warning',
    title: 'The redirects go round in a circle',
    cause: 'A browser that follows them comes back to where it was and gives up.',
    cure: 'Remove one of them, or let it lead to a page that is not redirected.',
  },
  PL1096: {
    severity: 'error',
    title: 'The path is redirected twice',
    cause: 'nginx takes one exact location for a path and refuses a second one.',
    cure: 'Remove one of them.',
  },
} as const satisfies Record<string, DiagnosticEntry>;
