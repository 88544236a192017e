import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of the machine that Pressluft runs on: tools, Git, store, lab. */
export const controllerErrors = {
  programMissing: {
    code: 'PL3001',
    title: 'A required program is missing or too old',
    cause:
      'Pressluft runs git, ssh, Ansible and, for the lab, systemd-nspawn; one of them is not installed, not in PATH, or too old.',
    cure: 'Install the program that the message names. "pressluft doctor" lists all programs and the versions that are required.',
    retry: never,
  },
  remoteUnreachable: {
    code: 'PL3002',
    title: 'The Git repository cannot be reached',
    cause:
      'The server does not answer, answers with an error, or the URL is not that of the repository. The fleet stays as it is meanwhile.',
    cure: 'Check the URL, and run "git ls-remote <url>" on this machine. Common reasons are a proxy, a firewall or an expired certificate.',
    retry: backoff,
  },
  remoteRefusedCredentials: {
    code: 'PL3003',
    title: 'The Git repository refused the credentials',
    cause:
      'The token, password or deploy key has expired, was revoked, or lacks a permission: Pressluft reads the source branch and writes the status branch.',
    cure: 'Set PRESSLUFT_GIT_TOKEN, PRESSLUFT_GIT_PASSWORD or PRESSLUFT_GIT_SSH_KEY to a credential that may read the repository and write the status branch.',
    retry: backoff,
  },
  branchRewritten: {
    code: 'PL3004',
    title: 'The branch was rewritten and is not followed',
    cause:
      'The new tip does not descend from the commit that was applied last. A force-push could hide who changed what, so the last applied commit stays in effect.',
    cure: 'If this was a mistake, push the old commit again. If it was intended, start Pressluft once with PRESSLUFT_ALLOW_REWRITE=1.',
    retry: backoff,
  },
  branchMissing: {
    code: 'PL3005',
    title: 'The branch does not exist',
    cause: 'The repository is empty, or the branch has another name than configured.',
    cure: 'Push the branch, or set the right name with --branch or PRESSLUFT_BRANCH.',
    retry: backoff,
  },
  pushRejected: {
    code: 'PL3006',
    title: 'A push was rejected because somebody else pushed',
    cause:
      'The status branch moved between fetch and push. Pressluft never forces a push: it fetches, builds the records again and pushes again.',
    cure: 'No action needed. If it happens all the time, something else writes to the status branch; stop it.',
    retry: backoff,
  },
  remoteHostKeyMismatch: {
    code: 'PL3007',
    title: 'The host key of the Git server does not match the pinned one',
    cause: 'The server has a new key, or another machine answers in its place. Nothing was sent to it.',
    cure: 'Compare the key with the one that the operator of the server publishes. Set PRESSLUFT_GIT_HOST_KEY to it only if they are equal.',
    retry: never,
  },
  cloneIncomplete: {
    code: 'PL3008',
    title: 'A Git object is damaged, missing or too large',
    cause:
      'The local clone is damaged (by a disk error or a killed process), or the repository holds more or larger files than Pressluft reads.',
    cure: 'A damaged clone is created again at the next fetch. If the message names a limit, remove files that Pressluft does not need from the repository.',
    retry: backoff,
  },
  gitFailed: {
    code: 'PL3009',
    title: 'git failed',
    cause:
      'git, or the code that implements its protocol, failed with another kind of error; the message quotes it.',
    cure: 'Check that the state directory is writable and that the server is healthy.',
    retry: backoff,
  },
  stateLocked: {
    code: 'PL3010',
    title: 'The state directory is in use by another Pressluft',
    cause:
      'Two processes on one state directory would do everything twice, so the second one does not start.',
    cure: 'Stop the other process, which the message names, or give this one its own --state-dir.',
    retry: never,
  },
  storeUnusable: {
    code: 'PL3011',
    title: 'The store cannot be read or written',
    cause:
      'The database in the state directory cannot be opened: its permissions are wrong, it is damaged, or a newer version of Pressluft wrote it.',
    cure: 'Check owner and permissions of the state directory. A store that cannot be repaired may be deleted: the records in Git are the source of truth, and the store is rebuilt from them and from observation.',
    retry: backoff,
  },
  diskFull: {
    code: 'PL3012',
    title: 'The disk of the controller is full',
    cause:
      'A file could not be written, because there is no space left. Work in progress stops at a step and resumes from there.',
    cure: 'Free some space, in the state directory first. No other action is needed.',
    retry: backoff,
  },
  ansibleMissing: {
    code: 'PL3013',
    title: 'The Ansible environment is missing',
    cause: 'Pressluft runs a pinned ansible-core from its own virtualenv, which is missing or incomplete.',
    cure: 'Run "pressluft doctor --fix", or set PRESSLUFT_ANSIBLE_VENV to an existing virtualenv.',
    retry: never,
  },
  processTimedOut: {
    code: 'PL3014',
    title: 'A child process timed out and was stopped',
    cause:
      'Every program that Pressluft runs has a time limit, after which it gets SIGTERM and then SIGKILL.',
    cure: 'Find out what made it slow: the network, the load of the node, or its disk. The work is tried again and resumes where it stopped.',
    retry: backoff,
  },
  cancelled: {
    code: 'PL3015',
    title: 'The work was cancelled',
    cause: 'Pressluft was asked to stop, or a new commit made the work obsolete.',
    cure: 'No action needed: the next pass plans the remaining work again.',
    retry: backoff,
  },
  labUnsupported: {
    code: 'PL3020',
    title: 'The lab cannot run here',
    cause:
      'The lab boots real machines with systemd-nspawn, which needs Linux, root, and a directory on a disk file system that supports overlayfs.',
    cure: 'Run it with sudo on a Linux machine or virtual machine; most containers cannot run it.',
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
    title: 'A lab of that name is already running',
    cause:
      'Names, addresses and network interfaces of a lab are derived from its name, so only one lab of a name can run.',
    cure: 'Use the running lab, stop it with "pressluft lab down --name <name>", or choose another name.',
    retry: never,
  },
} as const satisfies Record<string, ErrorEntry>;
