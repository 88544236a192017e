import { notReady, type ReasonEntry, ready } from './reason-entry.ts';

const broken = { condition: notReady, needsPerson: null } as const;

/** Result of the last request to a provider. */
export const providerReasons = {
  Connected: { condition: ready, needsPerson: false, meaning: 'The provider answers.', nextStep: null },
  NotRecorded: {
    condition: null,
    needsPerson: false,
    meaning: 'It has no record yet.',
    message: 'it has no record yet',
    nextStep: null,
  },
  SecretMissing: {
    ...broken,
    meaning: 'The secret with the token of the provider is not available.',
    nextStep: 'Make the secret available to the controller under the name in the manifest.',
  },
  SecretUnavailable: {
    ...broken,
    meaning: 'The secret with the token of the provider cannot be decrypted.',
    nextStep: 'Give the controller a key that decrypts the secret, or encrypt it for its key.',
  },
  TokenRefused: {
    ...broken,
    meaning: 'The provider refused the token.',
    nextStep: 'Replace the token; until then nothing is changed at the provider.',
  },
  TokenReadOnly: {
    ...broken,
    meaning: 'The token has only read permission.',
    nextStep: 'Replace the token with one that has read and write permission.',
  },
  Unreachable: {
    ...broken,
    meaning: 'The provider cannot be reached.',
    nextStep: 'Check the network and the status page of the provider; until then nothing is changed there.',
  },
  RateLimited: {
    ...broken,
    meaning: 'The rate limit of the provider is reached.',
    nextStep: 'No action needed; retried when the provider allows it.',
  },
  AnswerNotUnderstood: {
    ...broken,
    meaning: 'The provider returned an invalid answer.',
    nextStep: 'Check that spec.endpoint of the Provider is the URL of the API.',
  },
} as const satisfies Record<string, ReasonEntry>;
