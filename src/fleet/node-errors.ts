import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of nodes and of what runs on them. */
export const nodeErrors = {
  nodeUnreachable: {
    code: 'PL4020',
    title: 'The node cannot be reached',
    cause:
      'No SSH connection comes about: the machine is down, booting, or behind a firewall. Only its own environments wait.',
    cure: 'Check the machine at its provider, its address, and that the firewall lets this controller in on the SSH port.',
    retry: backoff,
  },
  nodeHostKeyMismatch: {
    code: 'PL4021',
    title: 'The host key of the node does not match the pinned one',
    cause:
      'The machine was reinstalled, the address belongs to another machine now, or somebody is in between. Nothing was sent to it.',
    cure: 'Find out which it is. If the machine was reinstalled on purpose, follow "The host key of a node changed" in the operations manual.',
    retry: never,
  },
  nodeRefusedKey: {
    code: 'PL4022',
    title: 'The node refused the SSH key',
    cause: 'The key of Pressluft is not among the authorized keys of the user, or the user is another one.',
    cure: 'Authorize the public key of the state directory for the user that the Node manifest names.',
    retry: backoff,
  },
  nodeNotReady: {
    code: 'PL4023',
    title: 'The node is not ready',
    cause:
      'The machine answers, and something that environments need is missing or broken on it. Only its own environments wait.',
    cure: 'Follow the reason code in the message: the operations manual lists each with what to do.',
    retry: backoff,
  },
  nodeCommandFailed: {
    code: 'PL4024',
    title: 'A command on the node failed',
    cause:
      'The command ran and ended with an error, or could not be run: no python3, no sudo without a password, no space.',
    cure: 'Read the last lines that the message quotes, and run the command by hand on the node if they do not suffice.',
    retry: backoff,
  },
  nodeReplyInvalid: {
    code: 'PL4025',
    title: 'The answer of the node was not understood',
    cause:
      'What came back is not what the probe or the module prints: a shell profile that writes text, an older probe, or a compromised node. Nothing of it is believed.',
    cure: 'Look at what a plain "ssh <node> true" prints: it should be nothing.',
    retry: backoff,
  },
  playbookFailed: {
    code: 'PL4030',
    title: 'An Ansible run failed',
    cause: 'A task of a playbook ended with an error for the node as a whole.',
    cure: 'The steps in the record of the run name the task and what it said; "pressluft status" shows the last of it.',
    retry: backoff,
  },
  playbookCrashed: {
    code: 'PL4031',
    title: 'An Ansible run crashed before its end',
    cause: 'ansible-playbook itself broke off: killed, out of memory, or a damaged virtualenv.',
    cure: 'Check the memory of the controller, and "pressluft doctor". The work is idempotent and is tried again.',
    retry: backoff,
  },
  convergeFailed: {
    code: 'PL4032',
    title: 'The environment could not be converged',
    cause: 'A step for this one environment failed on its node; others on the same node are not affected.',
    cure: 'Follow the hint, which depends on the step; the record of the run shows where it stopped.',
    retry: backoff,
  },
  ownedByOther: {
    code: 'PL4033',
    title: 'Something on the node belongs to somebody else',
    cause:
      'A Unix user, directory, database or web server configuration of the name exists and does not carry the mark of this environment. Pressluft touches nothing that it does not own.',
    cure: 'Choose another name or another node, or remove what is in the way if nobody needs it.',
    retry: never,
  },
} as const satisfies Record<string, ErrorEntry>;
