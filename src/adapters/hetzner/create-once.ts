import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { Api } from './api.ts';
import { apiCodeOf, isUndecided } from './api-errors.ts';
import { backoffMs, maxRetries } from './retry-policy.ts';

export interface CreateOnce<T> {
  readonly what: string;
  readonly create: () => Promise<T>;
  /** Looks for what a create may have made, or throws when somebody else's stands in its place (PL4009). */
  readonly find: () => Promise<T | null>;
  readonly signal: AbortSignal | undefined;
}

/** Looks after a lost reply, because a list may lag behind: at once, then after about 1, 2 and 4 s. */
const looks = 4;

/**
 * Creates something exactly once although the API knows no idempotency key. When a create may have had its effect (lost or
 * unreadable reply, 5xx), or the name is taken, it looks before it sends again. Names are unique at the provider, so even a
 * create that is still under way there cannot be doubled by a later one.
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

/** The name is taken by something that cannot be seen, e.g. one that is being deleted. */
function notVisible(what: string, cause: unknown): PressluftError {
  return new PressluftError(errors.nameTaken, `${what} exists at the provider but cannot be found there`, {
    hint: 'If it was deleted just now this passes; otherwise choose another name.',
    retry: { kind: 'backoff' },
    cause,
  });
}
