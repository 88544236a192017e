import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/fleet/error-catalogue.ts';
import { PressluftError } from '../../src/fleet/errors.ts';
import { providerReason } from '../../src/fleet/provider-reason.ts';

describe('the reason of a provider’s state', () => {
  it('is Connected without an error', () => {
    expect(providerReason()).toEqual({ state: 'connected', reason: 'Connected', message: '' });
  });

  it.each<[ErrorCode, string]>([
    ['PL4001', 'TokenRefused'],
    ['PL4011', 'TokenReadOnly'],
    ['PL4002', 'Unreachable'],
    ['PL4005', 'RateLimited'],
    ['PL2003', 'SecretMissing'],
    ['PL4010', 'AnswerNotUnderstood'],
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
