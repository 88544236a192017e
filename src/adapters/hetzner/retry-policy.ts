import type { WireFailure } from './connection.ts';

/** Outcome of a failed request. `apiCode` is null when the reply carried no error object. */
export type FailedOutcome =
  | { readonly kind: 'reply'; readonly status: number; readonly apiCode: string | null }
  | { readonly kind: 'failure'; readonly failure: WireFailure };

export interface RetryQuestion {
  readonly outcome: FailedOutcome;
  /** Whether the request is idempotent. */
  readonly idempotent: boolean;
  /** Retries made so far. */
  readonly retries: number;
  /** Default {@link maxRetries}. */
  readonly limit?: number;
  /** Uniform in [0, 1), for the jitter. */
  readonly random: number;
  /** Time until the rate limit allows one more request, if the reply contained it. */
  readonly rateLimitWaitMs?: number;
}

export type RetryDecision =
  | { readonly kind: 'retry'; readonly delayMs: number }
  /** `undecided`: the request may have taken effect; look up the result before sending it again. */
  | { readonly kind: 'stop'; readonly undecided: boolean };

/** hcloud-go `client.go`: 5 retries, 1 s doubling up to 60 s. */
export const maxRetries = 5;
const baseMs = 1_000;
const capMs = 60_000;

/** For longer waits the request fails with PL4005 and the time for the next attempt. */
export const maxRateLimitWaitMs = 120_000;

/** hcloud-go `client_handler_retry.go`. `locked` and `unavailable` are not included: the operation waits for those. */
const retriedCodes = new Set(['conflict', 'rate_limit_exceeded', 'bad_gateway', 'timeout']);

/** Decides about one failed request; pure. */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const undecided = !question.idempotent && mayHaveHadEffect(question.outcome);
  if (undecided || question.retries >= (question.limit ?? maxRetries) || !isRetried(question.outcome)) {
    return { kind: 'stop', undecided };
  }
  const wait = question.rateLimitWaitMs ?? 0;
  if (isRateLimit(question.outcome) && wait > maxRateLimitWaitMs) return { kind: 'stop', undecided };
  const backoff = backoffMs(question.retries, question.random, { baseMs, capMs });
  return { kind: 'retry', delayMs: isRateLimit(question.outcome) ? Math.max(backoff, wait) : backoff };
}

/** Exponential back-off with jitter: between `baseMs` and `min(capMs, baseMs·2^(attempt+1))`, like hcloud-go's. */
export function backoffMs(
  attempt: number,
  random: number,
  limits: { readonly baseMs: number; readonly capMs: number },
): number {
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** Math.min(attempt + 1, 30));
  return Math.round(limits.baseMs + random * Math.max(0, ceiling - limits.baseMs));
}

function isRetried(outcome: FailedOutcome): boolean {
  if (outcome.kind === 'failure') return outcome.failure !== 'tls' && outcome.failure !== 'too_large';
  if (outcome.apiCode !== null) return retriedCodes.has(outcome.apiCode);
  return outcome.status === 502 || outcome.status === 504;
}

/** A 5xx, even a well-formed one, only means that the front end failed; the back end may have succeeded. */
function mayHaveHadEffect(outcome: FailedOutcome): boolean {
  if (outcome.kind === 'reply') return outcome.status >= 500;
  return outcome.failure !== 'not_sent' && outcome.failure !== 'tls';
}

function isRateLimit(outcome: FailedOutcome): boolean {
  return outcome.kind === 'reply' && outcome.apiCode === 'rate_limit_exceeded';
}
