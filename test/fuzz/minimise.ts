import type { Attempt } from './execute.ts';

const maxAttempts = 1500;
const maxMs = 5000;

/** A smaller input with the same failure: removes pieces, large ones first, while the failure stays the same. */
export async function minimise(input: Buffer, key: string, attempt: Attempt): Promise<Buffer> {
  const endsAt = performance.now() + maxMs;
  let best = input;
  let attempts = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length; ) {
      if (++attempts > maxAttempts || performance.now() > endsAt) return best;
      const smaller = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if ((await attempt(smaller))?.key === key) best = smaller;
      else at += size;
    }
  }
  return best;
}
