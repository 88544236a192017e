export interface RateLimitOptions {
  /** Size of the bucket: requests that can be sent at once. Hetzner: 3600. */
  readonly limit: number;
  /** Tokens that come back per second. Hetzner: 1. */
  readonly refillPerSecond: number;
}

export interface RateLimitStatus {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<'RateLimit-Limit' | 'RateLimit-Remaining' | 'RateLimit-Reset', string>>;
}

/** Hetzner's published limit per project (docs.hetzner.cloud, "Rate Limiting"). */
export const hetznerRateLimit: RateLimitOptions = { limit: 3600, refillPerSecond: 1 };

/** A token bucket per key. `take` spends one token when there is one; a refused request costs nothing. */
export function createRateLimiter(options: RateLimitOptions): {
  take(key: string, nowMs: number): RateLimitStatus;
} {
  const buckets = new Map<string, { tokens: number; atMs: number }>();
  return {
    take: (key, nowMs) => {
      const bucket = buckets.get(key) ?? { tokens: options.limit, atMs: nowMs };
      const refilled = Math.min(
        options.limit,
        bucket.tokens + (Math.max(0, nowMs - bucket.atMs) / 1000) * options.refillPerSecond,
      );
      const allowed = refilled >= 1;
      const tokens = allowed ? refilled - 1 : refilled;
      buckets.set(key, { tokens, atMs: nowMs });
      return { allowed, headers: rateLimitHeaders(options, tokens, nowMs) };
    },
  };
}

/** `RateLimit-Reset` is the UNIX time, in seconds, at which the bucket is full again. */
export function rateLimitHeaders(
  options: RateLimitOptions,
  tokens: number,
  nowMs: number,
): RateLimitStatus['headers'] {
  const fullInSeconds = (options.limit - tokens) / options.refillPerSecond;
  return {
    'RateLimit-Limit': String(options.limit),
    'RateLimit-Remaining': String(Math.floor(tokens)),
    'RateLimit-Reset': String(Math.ceil(nowMs / 1000 + fullInSeconds)),
  };
}
