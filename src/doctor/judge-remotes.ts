import { isPressluftError, messageOf } from '../fleet/errors.ts';
import { providerReason } from '../fleet/provider-reason.ts';
import type {
  ProviderFacts,
  ProviderProbe,
  RepositoryFacts,
  RepositoryProbe,
} from '../ports/doctor-probes.ts';
import { fail, ok, skip, type Verdict, warn } from './report.ts';

/** Replies carry whole seconds and are some time on their way. */
const unnoticedSkewMs = 5_000;
/** TLS certificates and signed requests fail from minutes on. */
const tolerableSkewMs = 60_000;

export function judgeRepository({ url, branch }: RepositoryProbe, facts: RepositoryFacts): Verdict {
  const message = `${url} ${branch} at ${facts.commit.slice(0, 12)}`;
  if (facts.manifestErrors === 0) return ok(message);
  const errors = facts.manifestErrors === 1 ? '1 error' : `${facts.manifestErrors} errors`;
  return warn(
    `${message}, with ${errors} in its manifests`,
    'pressluft validate shows them with file and line.',
  );
}

export function judgeProvider({ endpoint }: ProviderProbe, { mayWrite }: ProviderFacts): Verdict {
  if (mayWrite) return ok(`connected to ${endpoint}`);
  return fail(`TokenReadOnly: the token for ${endpoint} may only read`, 'Replace it by one that may write.');
}

/** A provider that is only busy works; every other failure keeps Pressluft from changing anything there. */
export function providerFailure({ endpoint }: ProviderProbe, error: unknown): Verdict {
  const { reason } = providerReason(error);
  const message = `${reason}: ${endpoint}: ${messageOf(error)}`;
  const hint = isPressluftError(error) ? error.hint : undefined;
  return reason === 'RateLimited' ? warn(message, hint) : fail(message, hint);
}

/** `skewsMs`: our clock minus each provider's. */
export function judgeClock(skewsMs: readonly (number | null)[]): Verdict {
  const known = skewsMs.filter((skew) => skew !== null);
  const worst = known.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  if (worst === undefined) return skip('no provider told its time to compare with');
  const size = Math.abs(worst);
  if (size <= unnoticedSkewMs) return ok('agrees with the clocks of the providers');
  const message = `${Math.round(size / 1000)} s ${worst > 0 ? 'ahead of' : 'behind'} a provider's clock`;
  const hint = 'Let the time be kept by NTP, e.g. systemd-timesyncd or chrony.';
  return size <= tolerableSkewMs ? warn(message, hint) : fail(message, hint);
}
