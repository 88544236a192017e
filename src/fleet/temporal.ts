import type { Temporal } from 'temporal-polyfill';
import { loadLibrary } from './load-library.ts';

/**
 * Calendar and time zones. Loaded at first use: loading takes about 25 ms, and most commands need no schedule and no local time.
 * `Temporal.Now` is not used, because the clock is a port.
 */
export function temporal(): Omit<typeof Temporal, 'Now'> {
  return loadLibrary<typeof import('temporal-polyfill')>('temporal-polyfill').Temporal;
}
