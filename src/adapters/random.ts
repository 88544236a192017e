import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';

/** Cryptographic randomness of this machine; `float` is used for jitter only, where the extra cost is small. */
export const systemRandom: Random = {
  float: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (count) => new Uint8Array(randomBytes(count)),
};
