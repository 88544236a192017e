import { type ErrorCode, errors } from '../../fleet/error-catalogue.ts';
import type { Retry } from '../../fleet/error-entry.ts';
import { type ErrorOptions, PressluftError } from '../../fleet/errors.ts';
import { secretForms } from '../secrets/secret-forms.ts';
import type { FailedOutcome } from './retry-policy.ts';

export interface FailedRequest {
  readonly method: string;
  readonly path: string;
  readonly outcome: FailedOutcome;
  /** Message of the provider, already cleaned by {@link cleanText}. */
  readonly message: string;
  /** Error code of a failure without reply, e.g. `ECONNREFUSED`. */
  readonly errorCode?: string;
  /** The request may have taken effect. */
  readonly undecided: boolean;
  readonly rateLimitWaitMs?: number;
}

/** The error for a failed request. Contains only method and path of the request: no header, no body, no token. */
export function requestError(request: FailedRequest): PressluftError {
  const { outcome } = request;
  const where = `${request.method} ${request.path}`;
  const details = {
    apiCode: outcome.kind === 'reply' ? outcome.apiCode : null,
    status: outcome.kind === 'reply' ? outcome.status : null,
    undecided: request.undecided,
  };
  if (outcome.kind === 'failure') {
    const reason = `${failureText[outcome.failure]}${request.errorCode === undefined ? '' : ` (${request.errorCode})`}`;
    const code = outcome.failure === 'too_large' ? errors.providerReplyInvalid : errors.providerUnreachable;
    return new PressluftError(code, `${where}: ${reason}`, { hint: failureHint[outcome.failure], details });
  }
  const { code, hint } = classify(outcome);
  const said = request.message === '' ? '' : `: ${request.message}`;
  const options: ErrorOptions = { hint, details };
  const retry = retryOf(code, request.rateLimitWaitMs);
  return new PressluftError(
    code,
    `${where}: ${outcome.status}${outcome.apiCode === null ? '' : ` ${outcome.apiCode}`}${said}`,
    retry === undefined ? options : { ...options, retry },
  );
}

/** The provider's own error code (`not_found`, `locked`, …) of an error from this file; null for any other error. */
export function apiCodeOf(error: unknown): string | null {
  if (!(error instanceof PressluftError)) return null;
  const code = error.details.apiCode;
  return typeof code === 'string' ? code : null;
}

/** Whether the failed request may have taken effect: the reply was lost or invalid. */
export function isUndecided(error: unknown): boolean {
  return error instanceof PressluftError && error.details.undecided === true;
}

const maxTextLength = 500;

/**
 * Makes untrusted text safe for messages: one line, printable, bounded, without the secrets that were sent, in any form that the other side may echo.
 * Truncates last, because half a token would not be recognised.
 */
export function cleanText(text: string, ...secrets: readonly string[]): string {
  let printable = text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are removed here
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
  for (const form of secrets.flatMap((secret) => [secret, ...secretForms(secret)])) {
    if (form !== '') printable = printable.replaceAll(form, '[redacted]');
  }
  return printable.length > maxTextLength ? `${printable.slice(0, maxTextLength)}…` : printable;
}

const failureText = {
  not_sent: 'no connection to the provider',
  timeout: 'the provider did not answer in time',
  lost: 'the connection broke before the answer was complete',
  too_large: 'the answer exceeds the size limit',
  tls: 'the TLS certificate of the provider was not accepted',
} as const;

const failureHint = {
  not_sent: 'Check the endpoint of the provider, name resolution and the network of this machine.',
  timeout:
    'No action needed if this passes; otherwise check the network and the status page of the provider.',
  lost: 'No action needed if this passes; otherwise check the network and the status page of the provider.',
  too_large: 'Check that the endpoint is the API of the provider.',
  tls: 'Check the endpoint, the clock of this machine, and its certificate authorities.',
} as const;

interface Classified {
  readonly code: ErrorCode;
  readonly hint: string;
}

const refused: Classified = {
  code: errors.tokenRefused,
  hint: 'Create an API token with read and write permission in the project and store it where the Provider manifest refers to.',
};
const unavailable: Classified = {
  code: errors.providerUnreachable,
  hint: 'No action needed if this passes; otherwise see the status page of the provider.',
};
const rejected: Classified = {
  code: errors.requestRejected,
  hint: 'Compare the manifest with what the provider accepts; the message names the field.',
};
const soldOut: Classified = {
  code: errors.serverUnavailable,
  hint: 'Choose another server type or location, or wait until it is available again.',
};
const slowDown: Classified = {
  code: errors.rateLimited,
  hint: 'No action needed: the request is repeated when the limit allows. Other users of the same project share the limit.',
};
const locked: Classified = {
  code: errors.resourceLocked,
  hint: 'Another operation on the resource is in progress; it is retried later.',
};

/** By error code: https://docs.hetzner.cloud, "Errors", and the operation-specific codes of the calls made here. */
const byApiCode = new Map<string, Classified>([
  ['unauthorized', refused],
  ['forbidden', refused],
  [
    'token_readonly',
    { code: errors.tokenReadOnly, hint: 'Replace the token with one that has read and write permission.' },
  ],
  ['maintenance', unavailable],
  ['service_error', unavailable],
  ['server_error', unavailable],
  ['bad_gateway', unavailable],
  ['unavailable', unavailable],
  ['timeout', unavailable],
  ['resource_unavailable', soldOut],
  ['placement_error', soldOut],
  ['no_space_left_in_location', soldOut],
  ['rate_limit_exceeded', slowDown],
  ['locked', locked],
  ['conflict', locked],
  ['resource_in_use', locked],
  [
    'protected',
    { code: errors.requestRejected, hint: 'Remove the protection of the resource at the provider.' },
  ],
  [
    'uniqueness_error',
    {
      code: errors.nameTaken,
      hint: 'Rename or remove the other resource, or choose another name in the manifest.',
    },
  ],
  [
    'not_found',
    {
      code: errors.providerResourceMissing,
      hint: 'It does not exist at the provider any more; the next pass observes again.',
    },
  ],
  [
    'resource_limit_exceeded',
    {
      code: errors.accountLimitReached,
      hint: 'Ask the provider to raise the limit of the project, or remove what is not needed.',
    },
  ],
]);

function classify(outcome: { readonly status: number; readonly apiCode: string | null }): Classified {
  const known = outcome.apiCode === null ? undefined : byApiCode.get(outcome.apiCode);
  return known ?? byStatus(outcome.status);
}

function byStatus(status: number): Classified {
  if (status === 401 || status === 403) return refused;
  if (status === 404)
    return {
      code: errors.providerResourceMissing,
      hint: 'Check the endpoint; if it is right, the resource does not exist.',
    };
  if (status === 429) return slowDown;
  if (status === 423) return locked;
  if (status >= 500) return unavailable;
  if (status >= 400) return rejected;
  return {
    code: errors.providerReplyInvalid,
    hint: 'Check that the endpoint is the API of the provider; redirects are not followed.',
  };
}

function retryOf(code: ErrorCode, rateLimitWaitMs: number | undefined): Retry | undefined {
  if (code !== errors.rateLimited || rateLimitWaitMs === undefined || rateLimitWaitMs === 0) return undefined;
  return { kind: 'after', afterMs: rateLimitWaitMs };
}
