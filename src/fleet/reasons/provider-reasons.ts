import { notReady, type ReasonEntry, ready } from './reason-entry.ts';

const broken = { condition: notReady, needsPerson: null } as const;

/** What the last request to a provider said. */
export const providerReasons = {
  Connected: { condition: ready, needsPerson: false, meaning: 'The provider answers.', nextStep: null },
  NotRecorded: {
    condition: null,
    needsPerson: false,
    meaning: 'Nothing is recorded of it yet.',
    message: 'nothing is recorded of it yet',
    nextStep: null,
  },
  SecretMissing: {
    ...broken,
    meaning: 'The secret with the token of the provider is not available.',
    nextStep: 'Offer the secret to the controller under the name that the manifest refers to.',
  },
  SecretUnavailable: {
    ...broken,
    meaning: 'The secret with the token of the provider cannot be decrypted.',
    nextStep: 'Give the controller a key that decrypts the secret, or encrypt it for its key.',
  },
  TokenRefused: {
    ...broken,
    meaning: 'The provider refused the token.',
    nextStep: 'Replace the token; nothing is changed at the provider meanwhile.',
  },
  TokenReadOnly: {
    ...broken,
    meaning: 'The token may only read.',
    nextStep: 'Replace the token by one with read and write permission.',
  },
  Unreachable: {
    ...broken,
    meaning: 'The provider cannot be reached.',
    nextStep: 'Check the network and the status page of the provider; nothing is changed there meanwhile.',
  },
  RateLimited: {
    ...broken,
    meaning: 'The provider asks to slow down.',
    nextStep: 'No action needed; it is tried again when the provider allows it.',
  },
  AnswerNotUnderstood: {
    ...broken,
    meaning: 'The answer of the provider was not understood.',
    nextStep: 'Check that spec.endpoint of the Provider is the API.',
  },
} as const satisfies Record<string, ReasonEntry>;
