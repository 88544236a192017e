import { createRequire } from 'node:module';
import type { Temporal } from 'temporal-polyfill';

const require = createRequire(import.meta.url);

/**
 * Calendar and time zones. Loaded at first use: loading takes about 25 ms, and most commands need no schedule and no local time.
 * `Temporal.Now` is not used, because the clock is a port.
 */
export function temporal(): Omit<typeof Temporal, 'Now'> {
  return (require('temporal-polyfill') as typeof import('temporal-polyfill')).Temporal;
}
