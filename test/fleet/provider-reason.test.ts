import { describe, expect, it } from 'vitest';
import { type ErrorCode, errors } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { providerReason } from '../../src/fleet/provider-reason.ts';

describe('the reason of a provider’s state', () => {
  it('is Connected without an error', () => {
    expect(providerReason()).toEqual({ state: 'connected', reason: 'Connected', message: '' });
  });

  it.each<[ErrorCode, string]>([
    [errors.tokenRefused, 'TokenRefused'],
    [errors.tokenReadOnly, 'TokenReadOnly'],
    [errors.providerUnreachable, 'Unreachable'],
    [errors.rateLimited, 'RateLimited'],
    [errors.secretUnavailable, 'SecretMissing'],
    [errors.providerReplyInvalid, 'AnswerNotUnderstood'],
  ])('is for %s: %s', (code, reason) => {
    expect(providerReason(new PressluftError(code, 'why'))).toEqual({
      state: 'degraded',
      reason,
      message: 'why',
    });
  });

  it('is Unreachable for anything else that was thrown', () => {
    expect(providerReason(new Error('x'))).toMatchObject({ state: 'degraded', reason: 'Unreachable' });
    expect(providerReason(null)).toMatchObject({ state: 'degraded', reason: 'Unreachable' });
  });
});
