import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of providers and their APIs. */
export const providerErrors = {
  tokenRefused: {
    code: 'PL4001',
    title: 'The provider refused the token',
    cause: 'The token does not exist any more, belongs to another project, or was copied incompletely.',
    cure: 'Make a new token with read and write permission and offer it under the name that the Provider manifest refers to.',
    retry: backoff,
  },
  providerUnreachable: {
    code: 'PL4002',
    title: 'The provider cannot be reached',
    cause:
      'The API does not answer, breaks connections off, or is in maintenance. Nodes that run already go on running.',
    cure: 'Check the network of this machine and the status page of the provider. Nothing is created twice when the API comes back.',
    retry: backoff,
  },
  requestRejected: {
    code: 'PL4003',
    title: 'The provider rejected the request',
    cause:
      'Something in the manifest is not what the provider accepts: an unknown server type, image or location, or a resource that is protected there.',
    cure: 'Correct the field that the message names, or lift the protection at the provider.',
    retry: never,
  },
  serverUnavailable: {
    code: 'PL4004',
    title: 'The provider cannot supply that server now',
    cause: 'The server type is sold out in the location.',
    cure: 'Wait, or choose another server type or location for a node that does not exist yet.',
    retry: backoff,
  },
  rateLimited: {
    code: 'PL4005',
    title: 'The provider asks to slow down',
    cause: 'The number of requests that a project has for an hour is used up; other tools count, too.',
    cure: 'Wait: Pressluft goes on when the provider says so. If it happens often, find what else uses the same project.',
    retry: backoff,
  },
  resourceLocked: {
    code: 'PL4006',
    title: 'The resource is locked by another operation',
    cause: 'The provider does one thing at a time with a resource, and another one is under way.',
    cure: 'Wait; it is tried again. Look at the console of the provider if it lasts.',
    retry: backoff,
  },
  providerActionFailed: {
    code: 'PL4007',
    title: 'An action of the provider ended in error',
    cause: 'The request was accepted, and its execution failed at the provider.',
    cure: 'Read the reason in the message. The next attempt looks first at what is there already.',
    retry: backoff,
  },
  providerActionTimedOut: {
    code: 'PL4008',
    title: 'An action of the provider did not end in time',
    cause: 'The request was accepted, and its execution takes longer than Pressluft waits.',
    cure: 'Wait: the next pass sees whether it ended, and adopts the result.',
    retry: backoff,
  },
  nameTaken: {
    code: 'PL4009',
    title: 'A resource of that name exists and belongs to somebody else',
    cause:
      'Pressluft finds what it made by labels. This resource has the name, and not the labels, so it is not touched.',
    cure: 'Rename or remove the other resource, or choose another name in the manifest.',
    retry: never,
  },
  providerReplyInvalid: {
    code: 'PL4010',
    title: 'The answer of the provider was not understood',
    cause: 'Something else than the API answered, such as a proxy or a redirect, or the API has changed.',
    cure: 'Check that spec.endpoint of the Provider is the API. If it is, a newer version of Pressluft may be needed.',
    retry: backoff,
  },
  tokenReadOnly: {
    code: 'PL4011',
    title: 'The token may only read',
    cause: 'The provider knows the token and does not let it change anything.',
    cure: 'Replace it by a token with read and write permission.',
    retry: never,
  },
  providerResourceMissing: {
    code: 'PL4012',
    title: 'The provider resource does not exist',
    cause: 'It was deleted outside of Pressluft, or the endpoint is the wrong one.',
    cure: 'Nothing, as a rule: the next pass observes again and plans from what is there.',
    retry: backoff,
  },
  accountLimitReached: {
    code: 'PL4013',
    title: 'A limit of the provider account is reached',
    cause: 'Accounts and projects have limits on servers, addresses and the like.',
    cure: 'Remove what is not needed, or ask the provider for a higher limit.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;
