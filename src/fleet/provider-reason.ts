import { isPressluftError, messageOf } from './errors.ts';
import type { ObservedProvider } from './observed.ts';

export type ProviderReason = Pick<ObservedProvider, 'state' | 'reason' | 'message'>;

const reasons: Readonly<Record<string, string>> = {
  PL2003: 'SecretMissing',
  PL2030: 'SecretUnavailable',
  PL2031: 'SecretUnavailable',
  PL2032: 'SecretUnavailable',
  PL2033: 'SecretUnavailable',
  PL2034: 'SecretUnavailable',
  PL2035: 'SecretUnavailable',
  PL2036: 'SecretUnavailable',
  PL2037: 'SecretUnavailable',
  PL2038: 'SecretUnavailable',
  PL4001: 'TokenRefused',
  PL4002: 'Unreachable',
  PL4005: 'RateLimited',
  PL4010: 'AnswerNotUnderstood',
  PL4011: 'TokenReadOnly',
};

/** State and reason code of a provider whose last request ended with this error; without one it is connected. */
export function providerReason(error?: unknown): ProviderReason {
  if (error === undefined) return { state: 'connected', reason: 'Connected', message: '' };
  const known =
    isPressluftError(error) && Object.hasOwn(reasons, error.code) ? reasons[error.code] : undefined;
  return { state: 'degraded', reason: known ?? 'Unreachable', message: messageOf(error) };
}
