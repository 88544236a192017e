import type { Clock } from './clock.ts';
import type { Cloud } from './cloud.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';

/**
 * A type of provider at which machines are acquired, as its adapter declares it. The declaration is read at every start, so it loads
 * nothing: the client behind it comes with `open`.
 */
export interface ProviderAdapter {
  /** Variable of the controller's environment that overrides the endpoint of every provider of this type. */
  readonly endpointVariable: string;
  readonly open: (options: ProviderOptions) => Promise<ProviderAccounts>;
}

export interface ProviderOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Of one request. */
  readonly requestTimeoutMs?: number;
  readonly maxRetries?: number;
}

/** One client for each (endpoint, token): whatever talks to an account shares its request budget. */
export type ProviderAccounts = (endpoint: string, token: string) => ProviderAccount;

/** A {@link Cloud} that also answers what `pressluft doctor` asks. */
export interface ProviderAccount extends Cloud {
  /** Whether the token may write, found out with a request that cannot have an effect. Throws like {@link Cloud.check}. */
  mayWrite(signal?: AbortSignal): Promise<boolean>;
  /** What the last reply said about the time there; null before the first. */
  serverTime(): ServerTime | null;
}

/** What the last reply said about the time at the provider, for comparing clocks. */
export interface ServerTime {
  readonly serverMs: number;
  readonly localMs: number;
}
