import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of the machine that Pressluft runs on: tools, Git, store, lab. */
export const controllerErrors = {
  programMissing: {
    code: 'PL3001',
    title: 'A needed program is missing or too old',
    cause:
      'Pressluft runs git, ssh, Ansible and, for the lab, systemd-nspawn; one of them is not installed, not in PATH, or of a version that lacks what is needed.',
    cure: 'Install what the message names. "pressluft doctor" lists all programs with the versions that are needed.',
    retry: never,
  },
  remoteUnreachable: {
    code: 'PL3002',
    title: 'The Git repository cannot be reached',
    cause:
      'The server does not answer, answers with an error, or the URL is not the one of the repository. The fleet stays as it is meanwhile.',
    cure: 'Check the URL and, from this machine, "git ls-remote <url>". A proxy, a firewall or an expired certificate are usual reasons.',
    retry: backoff,
  },
  remoteRefusedCredentials: {
    code: 'PL3003',
    title: 'The Git repository refused the credentials',
    cause:
      'The token, password or deploy key has expired, was revoked, or may not do this: Pressluft reads the source branch and writes the status branch.',
    cure: 'Give PRESSLUFT_GIT_TOKEN, PRESSLUFT_GIT_PASSWORD or PRESSLUFT_GIT_SSH_KEY a credential that may read the repository and write the status branch.',
    retry: backoff,
  },
  branchRewritten: {
    code: 'PL3004',
    title: 'The branch was rewritten and is not followed',
    cause:
      'The new tip does not descend from the commit that was applied last. A force-push could hide who changed what, so the last commit stays in force.',
    cure: 'If nobody meant to, push the old commit back. If it is right, start Pressluft once with PRESSLUFT_ALLOW_REWRITE=1.',
    retry: backoff,
  },
  branchMissing: {
    code: 'PL3005',
    title: 'The branch does not exist',
    cause: 'The repository is empty, or the branch has another name than the one configured.',
    cure: 'Push the branch, or name the right one with --branch or PRESSLUFT_BRANCH.',
    retry: backoff,
  },
  pushRejected: {
    code: 'PL3006',
    title: 'A push was rejected because somebody else pushed',
    cause:
      'The status branch moved between fetch and push. Pressluft never forces a push: it fetches, builds the records anew and pushes again.',
    cure: 'Nothing, unless it happens all the time: then something else writes to the status branch, and should not.',
    retry: backoff,
  },
  remoteHostKeyMismatch: {
    code: 'PL3007',
    title: 'The host key of the Git server does not match the pinned one',
    cause: 'The server has a new key, or it is not the server. Nothing was sent to it.',
    cure: 'Compare the key with the one that the operator of the server publishes. Only if they are equal, put it into PRESSLUFT_GIT_HOST_KEY.',
    retry: never,
  },
  cloneIncomplete: {
    code: 'PL3008',
    title: 'A Git object is damaged, missing or too large',
    cause:
      'The local clone is damaged (the disk, a killed process), or the repository holds more or larger files than Pressluft reads.',
    cure: 'A damaged clone is made anew at the next fetch. If the message names a limit, remove what Pressluft does not need from the repository.',
    retry: backoff,
  },
  gitFailed: {
    code: 'PL3009',
    title: 'git failed',
    cause:
      'git, or the code that speaks its protocol, ended with an error of another kind; the message quotes it.',
    cure: 'Check that the state directory can be written and that the server is healthy.',
    retry: backoff,
  },
  stateLocked: {
    code: 'PL3010',
    title: 'The state directory is in use by another Pressluft',
    cause:
      'Two processes on one state directory would do everything twice, so the second one does not start.',
    cure: 'Stop the other process, which the message names, or give this one a --state-dir of its own.',
    retry: never,
  },
  storeUnusable: {
    code: 'PL3011',
    title: 'The store cannot be read or written',
    cause:
      'The database in the state directory cannot be opened: permissions, a damaged file, or a newer version of Pressluft wrote it.',
    cure: 'Check owner and permissions of the state directory. What cannot be repaired may be deleted: the records in Git are the truth, and the store is filled again from them and from what is observed.',
    retry: backoff,
  },
  diskFull: {
    code: 'PL3012',
    title: 'The disk of the controller is full',
    cause:
      'Something could not be written for want of space. Work in progress stops at a step and goes on from there.',
    cure: 'Make space, in the state directory first; nothing else is needed.',
    retry: backoff,
  },
  ansibleMissing: {
    code: 'PL3013',
    title: 'The Ansible environment is missing',
    cause:
      'Pressluft runs a pinned ansible-core from a virtualenv of its own, which is not there or not complete.',
    cure: 'Run "pressluft doctor --fix", or name an existing virtualenv with PRESSLUFT_ANSIBLE_VENV.',
    retry: never,
  },
  processTimedOut: {
    code: 'PL3014',
    title: 'A child process was ended because it took too long',
    cause:
      'Every program that Pressluft runs has a time limit, after which it gets SIGTERM and then SIGKILL.',
    cure: 'Look for what made it slow: the network, the load of the node, its disk. The work is tried again and goes on from where it stopped.',
    retry: backoff,
  },
  cancelled: {
    code: 'PL3015',
    title: 'The work was cancelled',
    cause: 'Pressluft was asked to stop, or a new commit made the work pointless.',
    cure: 'Nothing: what is left to do is found again by the next pass.',
    retry: backoff,
  },
  labUnsupported: {
    code: 'PL3020',
    title: 'The lab cannot run here',
    cause:
      'The lab boots real machines with systemd-nspawn, which needs Linux, root, and a directory on a disk file system that overlays can lie on.',
    cure: 'Run it with sudo on a Linux machine or virtual machine; most containers do not suffice.',
    retry: never,
  },
  labFailed: {
    code: 'PL3021',
    title: 'A part of the lab failed',
    cause: 'A machine, the network or the API of the lab did not start or does not answer.',
    cure: 'Read the log that the message names; "pressluft lab down" and "pressluft lab up" start over.',
    retry: backoff,
  },
  labRunning: {
    code: 'PL3022',
    title: 'A lab of that name runs already',
    cause:
      'Names, addresses and network interfaces of a lab are derived from its name, so there is one of each.',
    cure: 'Use the one that runs, end it with "pressluft lab down --name <name>", or choose another name.',
    retry: never,
  },
} as const satisfies Record<string, ErrorEntry>;
