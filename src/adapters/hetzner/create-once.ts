import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { Api } from './api.ts';
import { apiCodeOf, isUndecided } from './api-errors.ts';
import { backoffMs, maxRetries } from './retry-policy.ts';

export interface CreateOnce<T> {
  readonly what: string;
  readonly create: () => Promise<T>;
  /** Finds the resource that a create may have made; throws PL4009 if a foreign resource has its name. */
  readonly find: () => Promise<T | null>;
  readonly signal: AbortSignal | undefined;
}

/** Lookups after a lost reply, because a list may be outdated: at once, then after about 1, 2 and 4 s. */
const looks = 4;

/**
 * Creates a resource exactly once although the API has no idempotency key. When a create may have taken effect (lost or
 * unreadable reply, 5xx), or the name is taken, it looks the resource up before it sends again. Names are unique at the provider, so even a
 * create that is still in progress there cannot be duplicated by a later one.
 */
export async function createOnce<T>(api: Api, options: CreateOnce<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await options.create();
    } catch (error) {
      options.signal?.throwIfAborted();
      const taken = apiCodeOf(error) === 'uniqueness_error';
      if (!taken && !isUndecided(error)) throw error;
      api.log.warn({ what: options.what, taken }, 'Create was not confirmed, looking it up');
      const found = await look(api, options);
      if (found !== null) return found;
      if (taken) throw notVisible(options.what, error);
      if (attempt >= maxRetries) throw error;
      await pause(api, attempt, options.signal);
    }
  }
}

async function look<T>(api: Api, options: CreateOnce<T>): Promise<T | null> {
  for (let attempt = 0; attempt < looks; attempt++) {
    if (attempt > 0) await pause(api, attempt - 1, options.signal);
    const found = await options.find();
    if (found !== null) return found;
  }
  return null;
}

async function pause(api: Api, attempt: number, signal: AbortSignal | undefined): Promise<void> {
  await api.clock.sleep(backoffMs(attempt, api.random.float(), { baseMs: 1_000, capMs: 60_000 }), signal);
}

/** The name is taken by a resource that lists do not show, e.g. one that is being deleted. */
function notVisible(what: string, cause: unknown): PressluftError {
  return new PressluftError(errors.nameTaken, `${what} exists at the provider but cannot be found there`, {
    hint: 'If it was just deleted, this resolves by itself; otherwise choose another name.',
    retry: { kind: 'backoff' },
    cause,
  });
}
