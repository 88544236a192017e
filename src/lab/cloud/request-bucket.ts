export interface RateLimitOptions {
  /** Size of the bucket: requests that can be sent in a burst. */
  readonly limit: number;
  /** Tokens refilled per second. */
  readonly refillPerSecond: number;
}

/** Hetzner's published limit per project (docs.hetzner.cloud, "Rate Limiting"): 3600 requests an hour, refilled by one every second. */
export const hetznerRateLimit: RateLimitOptions = { limit: 3600, refillPerSecond: 1 };

/** The request budget of a project: a token bucket on the caller's clock, real or virtual. */
export class RequestBucket {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #atMs: number;

  constructor(options: RateLimitOptions, nowMs = 0) {
    this.#options = options;
    this.#tokens = options.limit;
    this.#atMs = nowMs;
  }

  /** Takes a token if there is one; a refused request costs nothing. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Other clients of the project have used up all but this many. */
  drain(nowMs: number, left: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.min(this.#tokens, left);
  }

  headers(wallMs: number): Readonly<Record<string, string>> {
    return rateLimitHeaders(this.#options, this.#tokens, wallMs);
  }

  #refill(nowMs: number): void {
    const { limit, refillPerSecond } = this.#options;
    const elapsedMs = Math.max(0, nowMs - this.#atMs);
    this.#tokens = Math.min(limit, this.#tokens + (elapsedMs / 1000) * refillPerSecond);
    this.#atMs = nowMs;
  }
}

/** `ratelimit-reset` is the UNIX time, in seconds, at which the bucket is full again. */
export function rateLimitHeaders(
  { limit, refillPerSecond }: RateLimitOptions,
  tokens: number,
  wallMs: number,
): Readonly<Record<string, string>> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(Math.floor(tokens)),
    'ratelimit-reset': String(Math.ceil(wallMs / 1000 + (limit - tokens) / refillPerSecond)),
  };
}
