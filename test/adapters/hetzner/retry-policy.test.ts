import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  decideRetry,
  type FailedOutcome,
  maxRetries,
} from '../../../src/adapters/hetzner/retry-policy.ts';

const reply = (status: number, apiCode: string | null): FailedOutcome => ({ kind: 'reply', status, apiCode });
const failure = (name: 'not_sent' | 'timeout' | 'lost' | 'too_large' | 'tls'): FailedOutcome => ({
  kind: 'failure',
  failure: name,
});

const retried: readonly (readonly [string, FailedOutcome])[] = [
  ['409 conflict', reply(409, 'conflict')],
  ['429 rate_limit_exceeded', reply(429, 'rate_limit_exceeded')],
  ['502 bad_gateway', reply(502, 'bad_gateway')],
  ['504 timeout', reply(504, 'timeout')],
  ['502 without JSON', reply(502, null)],
  ['504 without JSON', reply(504, null)],
  ['no connection', failure('not_sent')],
  ['no answer in time', failure('timeout')],
  ['a broken connection', failure('lost')],
];

const notRetried: readonly (readonly [string, FailedOutcome])[] = [
  ['423 locked', reply(423, 'locked')],
  ['503 unavailable', reply(503, 'unavailable')],
  ['503 without JSON', reply(503, null)],
  ['500 server_error', reply(500, 'server_error')],
  ['500 without JSON', reply(500, null)],
  ['409 without JSON', reply(409, null)],
  ['423 without JSON', reply(423, null)],
  ['429 without JSON', reply(429, null)],
  ['409 uniqueness_error', reply(409, 'uniqueness_error')],
  ['401 unauthorized', reply(401, 'unauthorized')],
  ['403 resource_limit_exceeded', reply(403, 'resource_limit_exceeded')],
  ['404 not_found', reply(404, 'not_found')],
  ['412 resource_unavailable', reply(412, 'resource_unavailable')],
  ['422 invalid_input', reply(422, 'invalid_input')],
  ['422 service_error', reply(422, 'service_error')],
  ['a redirect', reply(302, null)],
  ['a certificate that is not accepted', failure('tls')],
  ['an answer without end', failure('too_large')],
];

describe('the retry policy', () => {
  it.each(retried)('retries %s', (_name, outcome) => {
    expect(decideRetry({ outcome, idempotent: true, retries: 0, random: 0 })).toEqual({
      kind: 'retry',
      delayMs: 1_000,
    });
  });

  it.each(notRetried)('does not retry %s', (_name, outcome) => {
    expect(decideRetry({ outcome, idempotent: true, retries: 0, random: 0 })).toEqual({
      kind: 'stop',
      undecided: false,
    });
  });

  it.each([
    ['502 bad_gateway', reply(502, 'bad_gateway')],
    ['504 without JSON', reply(504, null)],
    ['500 server_error', reply(500, 'server_error')],
    ['503 unavailable', reply(503, 'unavailable')],
    ['no answer in time', failure('timeout')],
    ['a broken connection', failure('lost')],
    ['an answer without end', failure('too_large')],
  ] as const)('never repeats a create after %s, but calls it undecided', (_name, outcome) => {
    expect(decideRetry({ outcome, idempotent: false, retries: 0, random: 0 })).toEqual({
      kind: 'stop',
      undecided: true,
    });
  });

  it.each([
    ['409 conflict', reply(409, 'conflict')],
    ['429 rate_limit_exceeded', reply(429, 'rate_limit_exceeded')],
    ['no connection', failure('not_sent')],
  ] as const)('repeats a create after %s, which certainly had no effect', (_name, outcome) => {
    expect(decideRetry({ outcome, idempotent: false, retries: 0, random: 0 }).kind).toBe('retry');
  });

  it('stops after five retries', () => {
    const decide = (retries: number) =>
      decideRetry({ outcome: reply(502, null), idempotent: true, retries, random: 0 }).kind;
    expect(maxRetries).toBe(5);
    expect(decide(4)).toBe('retry');
    expect(decide(5)).toBe('stop');
  });

  it('waits between 5 and 67 seconds in all five retries together, like hcloud-go', () => {
    const sum = (random: number) =>
      [0, 1, 2, 3, 4].reduce(
        (ms, attempt) => ms + backoffMs(attempt, random, { baseMs: 1_000, capMs: 60_000 }),
        0,
      );
    expect(sum(0)).toBe(5_000);
    expect(sum(1)).toBe((2 + 4 + 8 + 16 + 32) * 1_000);
  });

  it('never waits longer than a minute between two tries', () => {
    expect(backoffMs(50, 1, { baseMs: 1_000, capMs: 60_000 })).toBe(60_000);
  });

  it('waits as long as the rate limit needs, but not when that is longer than two minutes', () => {
    const limited = { outcome: reply(429, 'rate_limit_exceeded'), idempotent: true, retries: 0, random: 0 };
    expect(decideRetry({ ...limited, rateLimitWaitMs: 40_000 })).toEqual({ kind: 'retry', delayMs: 40_000 });
    expect(decideRetry({ ...limited, rateLimitWaitMs: 120_001 })).toEqual({ kind: 'stop', undecided: false });
  });

  it('does not let the rate limit slow down retries of something else', () => {
    const question = { outcome: reply(502, null), idempotent: true, retries: 0, random: 0 };
    expect(decideRetry({ ...question, rateLimitWaitMs: 500_000 })).toEqual({ kind: 'retry', delayMs: 1_000 });
  });
});
