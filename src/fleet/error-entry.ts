import type { Retry } from './errors.ts';

/** What is known of an operating error before it happens. */
export interface ErrorEntry {
  readonly title: string;
  /** Why it happens, and what Pressluft does meanwhile. */
  readonly cause: string;
  /** What a person should do. */
  readonly cure: string;
  readonly retry: Retry;
}

export const never: Retry = { kind: 'never' };
export const backoff: Retry = { kind: 'backoff' };
