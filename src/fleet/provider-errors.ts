import { backoff, type ErrorEntry, never } from './error-entry.ts';

/** Errors of providers and their APIs. */
export const providerErrors = {
  tokenRefused: {
    code: 'PL4001',
    title: 'The provider refused the token',
    cause: 'The token no longer exists, belongs to another project, or was copied incompletely.',
    cure: 'Create a new token with read and write permission, and provide it under the name that the Provider manifest refers to.',
    retry: backoff,
  },
  providerUnreachable: {
    code: 'PL4002',
    title: 'The provider cannot be reached',
    cause:
      'The API does not answer, drops connections, or is in maintenance. Running nodes are not affected.',
    cure: 'Check the network of this machine and the status page of the provider. Nothing is created twice when the API comes back.',
    retry: backoff,
  },
  requestRejected: {
    code: 'PL4003',
    title: 'The provider rejected the request',
    cause:
      'The provider does not accept something in the manifest: an unknown server type, image or location, or a resource that is protected at the provider.',
    cure: 'Correct the field that the message names, or remove the protection at the provider.',
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
    title: 'The rate limit of the provider is reached',
    cause: 'The hourly number of requests of the project is used up; requests of other tools count, too.',
    cure: 'No action needed: Pressluft continues at the time that the provider names. If it happens often, find out what else uses the same project.',
    retry: backoff,
  },
  resourceLocked: {
    code: 'PL4006',
    title: 'The resource is locked by another operation',
    cause: 'The provider runs one operation at a time on a resource, and another one is in progress.',
    cure: 'No action needed: it is tried again. If it lasts, check the console of the provider.',
    retry: backoff,
  },
  providerActionFailed: {
    code: 'PL4007',
    title: 'An action of the provider failed',
    cause: 'The request was accepted, and its execution failed at the provider.',
    cure: 'Read the reason in the message. The next attempt first checks what exists already.',
    retry: backoff,
  },
  providerActionTimedOut: {
    code: 'PL4008',
    title: 'An action of the provider timed out',
    cause: 'The request was accepted, and its execution takes longer than Pressluft waits.',
    cure: 'No action needed: the next pass checks whether it ended, and adopts the result.',
    retry: backoff,
  },
  nameTaken: {
    code: 'PL4009',
    title: 'A resource of that name exists and belongs to somebody else',
    cause:
      'Pressluft identifies its own resources by labels. This resource has the name but not the labels, so it is not changed.',
    cure: 'If Pressluft created it and somebody changed its labels, put back the labels that the hint names. Otherwise rename or remove the other resource, or choose another name in the manifest. Then run `pressluft reconcile`.',
    retry: never,
  },
  providerReplyInvalid: {
    code: 'PL4010',
    title: 'The answer of the provider was not understood',
    cause: 'Something other than the API answered, such as a proxy or a redirect, or the API has changed.',
    cure: 'Check that spec.endpoint of the Provider is the API. If it is, a newer version of Pressluft may be needed.',
    retry: backoff,
  },
  tokenReadOnly: {
    code: 'PL4011',
    title: 'The token is read-only',
    cause: 'The provider accepts the token, but does not allow changes with it.',
    cure: 'Replace it with a token with read and write permission.',
    retry: never,
  },
  providerResourceMissing: {
    code: 'PL4012',
    title: 'The provider resource does not exist',
    cause: 'It was deleted outside of Pressluft, or the endpoint is the wrong one.',
    cure: 'Usually no action is needed: the next pass observes again and plans from the result.',
    retry: backoff,
  },
  accountLimitReached: {
    code: 'PL4013',
    title: 'A limit of the provider account is reached',
    cause: 'Accounts and projects have limits on servers, addresses and other resources.',
    cure: 'Remove resources that are not needed, or ask the provider for a higher limit.',
    retry: backoff,
  },
} as const satisfies Record<string, ErrorEntry>;
