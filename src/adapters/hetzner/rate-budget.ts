import { errors } from '../../fleet/error-catalogue.ts';
import { PressluftError } from '../../fleet/errors.ts';
import type { Clock } from '../../ports/clock.ts';
import { maxRateLimitWaitMs } from './retry-policy.ts';

/** `reserved` requests (deletes, power, rollback) may use the last part of the budget, `normal` ones may not. */
export type Priority = 'normal' | 'reserved';

type Headers = Readonly<Record<string, string>>;

/** Below this share of the limit, normal requests are limited to the rate at which the budget refills. */
const spreadShare = 0.2;
/** This share is kept for reserved requests: 36 of Hetzner's 3600, so an empty budget delays others by 37 s. */
const reserveShare = 0.01;

/**
 * The request budget of one account, from its `RateLimit-*` headers: a bucket that refills steadily
 * (docs.hetzner.cloud, "Rate Limiting": 3600 an hour, one more every second). Without headers there is no limit.
 */
export class RateBudget {
  readonly #clock: Clock;
  #limit = 0;
  #tokens = Number.POSITIVE_INFINITY;
  #refillPerMs = 0;
  #atMs = 0;
  #inFlight = 0;
  #nextSlotMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for its turn and counts the request as in progress until {@link settle}. Throws PL4005, with the time for the next attempt, when
   * the turn is further away than {@link maxRateLimitWaitMs}.
   */
  async take(priority: Priority, signal?: AbortSignal): Promise<void> {
    const delayMs = this.#delayMs(priority);
    if (delayMs > 0) await this.#clock.sleep(delayMs, signal);
    this.#tokens = this.#estimate() - 1;
    this.#atMs = this.#clock.monotonic();
    this.#inFlight++;
  }

  /** Counts a request as done, and updates the budget from the headers of its reply, if any. */
  settle(headers: Headers | null): void {
    this.#inFlight--;
    if (headers !== null) this.#learn(headers);
  }

  /** Time until the account has one request available; undefined when its limits are unknown. */
  waitMs(): number | undefined {
    if (this.#refillPerMs === 0) return undefined;
    return Math.max(0, Math.ceil((1 - this.#estimate()) / this.#refillPerMs));
  }

  #delayMs(priority: Priority): number {
    if (this.#refillPerMs === 0) return 0;
    const tokens = this.#estimate();
    if (priority === 'reserved') {
      const waitMs = tokens >= 1 ? 0 : (1 - tokens) / this.#refillPerMs;
      if (waitMs > maxRateLimitWaitMs) throw budgetSpent(Math.ceil(waitMs));
      return waitMs;
    }
    if (tokens > this.#limit * spreadShare) return 0;
    const now = this.#clock.monotonic();
    const untilAboveReserve = (this.#limit * reserveShare + 1 - tokens) / this.#refillPerMs;
    const slot = Math.max(now + untilAboveReserve, this.#nextSlotMs, now);
    if (slot - now > maxRateLimitWaitMs) throw budgetSpent(Math.ceil(slot - now));
    this.#nextSlotMs = slot + 1 / this.#refillPerMs;
    return slot - now;
  }

  #estimate(): number {
    const grown = this.#tokens + (this.#clock.monotonic() - this.#atMs) * this.#refillPerMs;
    return this.#refillPerMs === 0 ? grown : Math.min(this.#limit, grown);
  }

  #learn(headers: Headers): void {
    const limit = count(headers['ratelimit-limit']);
    const remaining = count(headers['ratelimit-remaining']);
    const resetSeconds = count(headers['ratelimit-reset']);
    if (limit === undefined || limit === 0 || remaining === undefined || resetSeconds === undefined) return;
    const refillPerSecond = refillRate(limit, remaining, resetSeconds - this.#serverNowMs(headers) / 1000);
    this.#limit = limit;
    this.#refillPerMs = refillPerSecond / 1000;
    this.#tokens = Math.min(limit, remaining) - this.#inFlight;
    this.#atMs = this.#clock.monotonic();
  }

  /** Uses the `Date` header of the provider, so that the reset time is right even if the two clocks differ. */
  #serverNowMs(headers: Headers): number {
    const date = Date.parse(headers.date ?? '');
    return Number.isNaN(date) ? this.#clock.now() : date;
  }
}

function budgetSpent(afterMs: number): PressluftError {
  return new PressluftError(
    errors.rateLimited,
    'the request budget of the account is nearly used up; the rest is reserved for deletes',
    {
      hint: 'No action needed: the request is repeated when the limit allows. Other users of the same project share the limit.',
      retry: { kind: 'after', afterMs },
    },
  );
}

/** Refill rate in requests per second: the budget is full again at the reset time. Bounded, in case of invalid headers. */
function refillRate(limit: number, remaining: number, secondsToFull: number): number {
  const perHour = limit / 3600;
  const missing = limit - remaining;
  if (missing <= 0) return perHour;
  const measured = missing / Math.max(1, secondsToFull);
  return Math.min(Math.max(measured, perHour / 2), limit);
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}
