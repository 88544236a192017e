import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of nodes and of what runs on them. */
export const nodeErrors = {
  nodeUnreachable: {
    code: 'PL4020',
    title: 'The node cannot be reached',
    cause:
      'No SSH connection can be established: the machine is down, booting, or behind a firewall. Only its own environments are blocked.',
    cure: 'Check the machine at its provider, its address, and that the firewall allows this controller to reach the SSH port.',
    retry: backoff,
  },
  nodeHostKeyMismatch: {
    code: 'PL4021',
    title: 'The host key of the node does not match the pinned one',
    cause:
      'The machine was reinstalled, the address belongs to another machine now, or somebody intercepts the connection. Nothing was sent to it.',
    cure: 'Find out which of these applies. If the machine was reinstalled on purpose, follow "The host key of a node changed" in the operations manual.',
    retry: never,
  },
  nodeRefusedKey: {
    code: 'PL4022',
    title: 'The node refused the SSH key',
    cause:
      'The key of Pressluft is not among the authorized keys of the user, or the manifest names the wrong user.',
    cure: 'Authorize the public key of the state directory for the user that the Node manifest names.',
    retry: backoff,
  },
  nodeNotReady: {
    code: 'PL4023',
    title: 'The node is not ready',
    cause:
      'The machine answers, but something that environments need is missing or broken on it. Only its own environments are blocked.',
    cure: 'Find the reason code of the message in the operations manual, which says what to do.',
    retry: backoff,
  },
  nodeCommandFailed: {
    code: 'PL4024',
    title: 'A command on the node failed',
    cause:
      'The command failed, or could not be run: no python3, no sudo without a password, or no disk space.',
    cure: 'Read the last lines that the message quotes. If they are not enough, run the command by hand on the node.',
    retry: backoff,
  },
  nodeReplyInvalid: {
    code: 'PL4025',
    title: 'The answer of the node was not understood',
    cause:
      'The answer is not the output of the probe or the module: a shell profile prints text, the probe is older, or the node is compromised. The whole answer is discarded.',
    cure: 'Run "ssh <node> true": it must print nothing.',
    retry: backoff,
  },
  playbookFailed: {
    code: 'PL4030',
    title: 'An Ansible run failed',
    cause: 'A task of a playbook ended with an error for the node as a whole.',
    cure: 'The steps in the record of the run name the task and its output; "pressluft status" shows the end of it.',
    retry: backoff,
  },
  playbookCrashed: {
    code: 'PL4031',
    title: 'An Ansible run crashed before its end',
    cause: 'ansible-playbook itself stopped: it was killed, ran out of memory, or its virtualenv is damaged.',
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
      'A Unix user, directory, database or web server configuration of this name exists without the ownership mark of this environment. Pressluft changes nothing that it does not own.',
    cure: 'Choose another name or another node, or remove the existing object if nobody needs it.',
    retry: never,
  },
  releaseSwitchedBack: {
    code: 'PL4034',
    title: 'A release broke the site and was switched back',
    cause:
      'The site worked before the change. With the new code its front page ends in a PHP error, is empty, or WordPress does not start. The previous release, plugins and theme serve again; the new state is not recorded as applied. The same code is not tried again.',
    cure: 'Read the PHP error in the message, correct or replace the plugin, theme or WordPress version, and push; or revert the commit. "pressluft reconcile --force" tries the same release again.',
    retry: never,
  },
  dataMissing: {
    code: 'PL4035',
    title: 'The data of an environment is gone',
    cause:
      'The environment was applied on this node, and its WordPress database or the directory of its uploads is not there any more: it was dropped, an import failed, or a disk was restored without it. Nothing empty is made in its place, and nothing else of the environment is changed.',
    cure: 'Restore the database or the uploads, then run "pressluft reconcile". To start empty instead, approve the plan: "pressluft status" names the command.',
    retry: never,
  },
  sandboxUnavailable: {
    code: 'PL4050',
    title: 'A configuration could not be tested in isolation',
    cause:
      'The test of a configuration of nginx runs where it can write nothing and reach nobody. systemd on this machine could not provide that, so nothing was tested and nothing was changed.',
    cure: 'Check that the machine allows mount and network namespaces to systemd (a container may not), and its memory. The previous configuration stays live; the work is tried again.',
    retry: backoff,
  },
  nodeNameTaken: {
    code: 'PL4060',
    title: 'A name on the node belongs to another environment',
    cause:
      'The environment claims a host name that nginx serves for another environment, or the user, database or cache prefix of another one. Nothing of it was changed; the other one is not affected.',
    cure: 'Remove the name from one of the two manifests. A name that moves is removed from the first environment in the same commit.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;
