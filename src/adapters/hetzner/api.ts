import type { Client } from 'hcloud-js';
import { errors } from '../../fleet/error-catalogue.ts';
import { isPressluftError } from '../../fleet/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { Random } from '../../ports/random.ts';
import type { ActionPoller } from './action-poller.ts';
import { apiCodeOf } from './api-errors.ts';
import { malformed } from './reader.ts';
import { backoffMs } from './retry-policy.ts';
import type { Transport } from './transport.ts';

/** Context of every operation of the client. */
export interface Api {
  readonly transport: Transport;
  readonly poller: ActionPoller;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Endpoints of hcloud-js over our transport, bound to one signal. */
  endpoints(signal: AbortSignal | undefined): Pick<Client, 'locations' | 'servers' | 'sshKeys'>;
}

/** Runs a call of hcloud-js. Its models throw a TypeError for unexpected replies, which becomes PL4010 here. */
export async function throughHcloud<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TypeError) throw malformed(what, 'a well-formed reply');
    throw error;
  }
}

/** Turns a `not_found` into null. */
export async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isPressluftError(error, errors.providerResourceMissing)) return null;
    throw error;
  }
}

export interface PatienceOptions {
  /** Provider codes of temporary conflicts. */
  readonly codes: readonly string[];
  readonly tries: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Repeats an operation while the provider reports another operation in progress. The transport does not retry these codes
 * because only the operation knows how long to wait (hcloud's Terraform provider does the same).
 */
export async function patiently<T>(
  api: Api,
  options: PatienceOptions,
  operation: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      const code = apiCodeOf(error);
      if (attempt + 1 >= options.tries || code === null || !options.codes.includes(code)) throw error;
      const delayMs = backoffMs(attempt, api.random.float(), { baseMs: 1_000, capMs: 10_000 });
      await api.clock.sleep(delayMs, options.signal);
    }
  }
}

/** Codes that resolve when another operation on the same resource ends. */
export const busyCodes: readonly string[] = ['locked', 'conflict', 'service_error'];
