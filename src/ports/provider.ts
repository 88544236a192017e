import type { Clock } from './clock.ts';
import type { Cloud } from './cloud.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';

/**
 * A type of provider of machines, as declared by its adapter. The declaration is read at every start, so it must not load the client:
 * `open` does.
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
  /** Time limit of one request. */
  readonly requestTimeoutMs?: number;
  readonly maxRetries?: number;
}

/** One client for each (endpoint, token), so that all callers of an account share its request budget. */
export type ProviderAccounts = (endpoint: string, token: string) => ProviderAccount;

/** A {@link Cloud} with the additional queries of `pressluft doctor`. */
export interface ProviderAccount extends Cloud {
  /** Whether the token may write, tested with a request that cannot have an effect. Throws like {@link Cloud.check}. */
  mayWrite(signal?: AbortSignal): Promise<boolean>;
  /** The provider's time in the last reply; null before the first reply. */
  serverTime(): ServerTime | null;
}

/** The provider's time in the last reply and the local time of its arrival, for comparing clocks. */
export interface ServerTime {
  readonly serverMs: number;
  readonly localMs: number;
}
