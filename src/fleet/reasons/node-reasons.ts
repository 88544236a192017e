import { notReady, type ReasonEntry } from './reason-entry.ts';

const common = { condition: notReady, needsPerson: null } as const;
const person = { condition: notReady, needsPerson: true } as const;
const checkNetwork = 'Check the network and the SSH service of the node; it is retried in every pass.';

/** Why a node could not be observed. */
export const nodeReasons = {
  ServerMissing: {
    condition: notReady,
    needsPerson: false,
    meaning: 'The provider has no server for it; a deleted server is created again.',
    message: 'there is no server',
    nextStep: null,
    urgent: true,
    makes: true,
  },
  ProviderDegraded: {
    ...common,
    meaning: 'The provider of the node does not answer, so the state of the node is unknown.',
    message: 'its provider did not answer',
    nextStep: 'Repair the provider connection first: `pressluft status` names its reason.',
  },
  CreateInterrupted: {
    ...common,
    meaning: 'Creating its server was interrupted; the next pass completes it.',
    message: 'its creation was interrupted',
    nextStep: null,
  },
  ServerOff: {
    ...common,
    meaning: 'Its server is switched off.',
    message: 'its server is switched off',
    nextStep: 'Power the server on at the provider; other work continues.',
  },
  ServerUnlabelled: {
    ...person,
    meaning: 'Its recorded server exists and lacks labels of Pressluft, or has other ones.',
    nextStep: null,
  },
  ServerRenamed: {
    ...person,
    meaning: 'Its recorded server has another name at the provider.',
    nextStep: null,
  },
  ServerRebuilt: {
    ...person,
    meaning:
      'The disk of its server is not the one that was provisioned: the server was rebuilt or replaced.',
    nextStep: null,
    exact: true,
  },
  ServerAddressChanged: {
    ...person,
    meaning: 'Its server has another address than the recorded one.',
    nextStep: null,
    exact: true,
  },
  ServerGone: {
    ...person,
    meaning: 'Its recorded server is gone, and environments with data were applied on it.',
    nextStep: null,
    exact: true,
    makes: true,
  },
  ServerLocked: {
    ...common,
    meaning: 'Its server is locked by the provider, or boots a rescue system, and does not answer.',
    nextStep:
      'Read the notices of the provider about the server; leave its rescue system; it is retried in every pass.',
  },
  ServerAmbiguous: {
    ...person,
    meaning: 'Several servers carry the labels of the node, or another server has its name.',
    nextStep: null,
  },
  NoAddress: {
    ...common,
    meaning: 'Its server has no IPv4 address.',
    message: 'its server has no IPv4 address',
    nextStep: checkNetwork,
  },
  HostKeyUnknown: {
    ...person,
    meaning: 'No host key is pinned for it, so Pressluft does not connect to it.',
    message: 'no host key is pinned for it',
    nextStep:
      'Restore the state directory of the controller or its status branch: both hold the host key. Delete the server at the provider only if nothing on it is needed. See docs/operations.md.',
  },
  HostKeyMismatch: {
    ...person,
    meaning: 'Its host key differs from the pinned one, so Pressluft does not connect to it.',
    nextStep:
      'Find out why the host key changed: a rebuilt server, a restored disk, another machine. Put the recorded server back; until then Pressluft does not connect. See docs/operations.md.',
  },
  SshKeyRefused: {
    ...common,
    meaning: 'It refuses the SSH key of the controller.',
    nextStep: 'Authorize the public key of the controller on the node; see docs/operations.md.',
  },
  SshTimeout: { ...common, meaning: 'It did not answer over SSH in time.', nextStep: checkNetwork },
  ProbeFailed: {
    ...common,
    meaning: 'The probe did not run on it, or returned an invalid answer.',
    nextStep: 'Check on the node that python3 exists and that the user may use sudo without a password.',
  },
  NodeUnreachable: {
    ...common,
    meaning: 'It cannot be reached over SSH, or does not exist.',
    nextStep: checkNetwork,
  },
} as const satisfies Record<string, ReasonEntry>;
