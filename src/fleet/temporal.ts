import { createRequire } from 'node:module';
import type { Temporal } from 'temporal-polyfill';

const require = createRequire(import.meta.url);

/**
 * Calendar and time zones. Loaded at the first use: it costs a start some 25 ms, and most have no schedule and no local time to read.
 * `Temporal.Now` is no part of it, for the clock is a port.
 */
export function temporal(): Omit<typeof Temporal, 'Now'> {
  return (require('temporal-polyfill') as typeof import('temporal-polyfill')).Temporal;
}
