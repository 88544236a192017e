export interface BucketOptions {
  readonly limit: number;
  readonly refillPerSecond: number;
}

/** docs.hetzner.cloud, "Rate Limiting": 3600 requests an hour for a project, one comes back every second. */
export const hetznerBucket: BucketOptions = { limit: 3600, refillPerSecond: 1 };

/** The request budget of a project. */
export class RequestBucket {
  readonly #options: BucketOptions;
  #tokens: number;
  #atMs = 0;

  constructor(options: BucketOptions) {
    this.#options = options;
    this.#tokens = options.limit;
  }

  /** Whether there is one more; a refused request costs nothing. */
  take(nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Others of the project have used it up but for so many. */
  drain(nowMs: number, left: number): void {
    this.#refill(nowMs);
    this.#tokens = Math.min(this.#tokens, left);
  }

  /** `ratelimit-reset` is the UNIX time at which it is full again. */
  headers(wallMs: number): Readonly<Record<string, string>> {
    const { limit, refillPerSecond } = this.#options;
    return {
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': String(Math.floor(this.#tokens)),
      'ratelimit-reset': String(Math.ceil(wallMs / 1000 + (limit - this.#tokens) / refillPerSecond)),
    };
  }

  #refill(nowMs: number): void {
    const { limit, refillPerSecond } = this.#options;
    this.#tokens = Math.min(limit, this.#tokens + ((nowMs - this.#atMs) / 1000) * refillPerSecond);
    this.#atMs = nowMs;
  }
}
