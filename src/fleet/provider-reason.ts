import { errors } from './error-catalogue.ts';
import { isPressluftError, messageOf } from './errors.ts';
import type { ObservedProvider } from './observed.ts';
import type { ProviderReason } from './reasons.ts';

export type ProviderState = Pick<ObservedProvider, 'state' | 'reason' | 'message'>;

const reasons: Readonly<Record<string, ProviderReason>> = {
  [errors.secretUnavailable]: 'SecretMissing',
  [errors.ageKeyMissing]: 'SecretUnavailable',
  [errors.sopsOtherRecipients]: 'SecretUnavailable',
  [errors.sopsUnreadable]: 'SecretUnavailable',
  [errors.sopsNotSops]: 'SecretUnavailable',
  [errors.sopsKeyMissing]: 'SecretUnavailable',
  [errors.sopsNotText]: 'SecretUnavailable',
  [errors.sopsTampered]: 'SecretUnavailable',
  [errors.sopsUnsupported]: 'SecretUnavailable',
  [errors.ageKeyUnusable]: 'SecretUnavailable',
  [errors.tokenRefused]: 'TokenRefused',
  [errors.providerUnreachable]: 'Unreachable',
  [errors.rateLimited]: 'RateLimited',
  [errors.providerReplyInvalid]: 'AnswerNotUnderstood',
  [errors.tokenReadOnly]: 'TokenReadOnly',
};

/** State and reason of a provider after its last request, which failed with this error; connected without an error. */
export function providerReason(error?: unknown): ProviderState {
  if (error === undefined) return { state: 'connected', reason: 'Connected', message: '' };
  const known =
    isPressluftError(error) && Object.hasOwn(reasons, error.code) ? reasons[error.code] : undefined;
  return { state: 'degraded', reason: known ?? 'Unreachable', message: messageOf(error) };
}
