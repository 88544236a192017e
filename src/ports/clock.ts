export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. For records only, never for measuring. */
  now(): number;
  /** Monotonic milliseconds since an arbitrary start. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
