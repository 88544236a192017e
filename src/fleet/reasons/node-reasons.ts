import { notReady, type ReasonEntry } from './reason-entry.ts';

const common = { condition: notReady, needsPerson: null } as const;
const checkNetwork = 'Check the network and the SSH service of the node; it is tried again in every pass.';

/** Why a node could not be observed. */
export const nodeReasons = {
  ServerMissing: {
    condition: notReady,
    needsPerson: false,
    meaning: 'The provider has no server for it; a server that went away is created again.',
    message: 'there is no server',
    nextStep: null,
    urgent: true,
    makes: true,
  },
  ProviderDegraded: {
    ...common,
    meaning: 'The provider of the node does not answer, so nothing is concluded about it.',
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
    nextStep: 'Power the server on at the provider; everything else goes on meanwhile.',
  },
  NoAddress: {
    ...common,
    meaning: 'Its server has no IPv4 address.',
    message: 'its server has no IPv4 address',
    nextStep: checkNetwork,
  },
  HostKeyUnknown: {
    ...common,
    meaning: 'No host key is pinned for it, so nothing connects to it.',
    message: 'no host key is pinned for it',
    nextStep:
      'Delete the server at the provider, and it is created again; docs/operations.md tells of static nodes.',
  },
  HostKeyMismatch: {
    ...common,
    meaning: 'It shows another host key than the pinned one, so nothing connects to it.',
    nextStep:
      'Find out why the host key changed; nothing connects meanwhile. docs/operations.md says how to go on.',
  },
  SshKeyRefused: {
    ...common,
    meaning: 'It refuses the SSH key of the controller.',
    nextStep: 'Give the node the public key of the controller; docs/operations.md says how.',
  },
  SshTimeout: { ...common, meaning: 'It did not answer over SSH in time.', nextStep: checkNetwork },
  ProbeFailed: {
    ...common,
    meaning: 'The probe did not run on it, or its answer was not understood.',
    nextStep: 'Check on the node that python3 exists and that the user may use sudo without a password.',
  },
  NodeUnreachable: {
    ...common,
    meaning: 'It cannot be reached over SSH, or is not there.',
    nextStep: checkNetwork,
  },
} as const satisfies Record<string, ReasonEntry>;
