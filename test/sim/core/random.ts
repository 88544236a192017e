import type { Random } from '../../../src/ports/random.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** Random numbers from a seed. Each component forks its own generator, so that more draws of one do not affect the others. */
export interface SimRandom extends Random {
  fork(name: string): SimRandom;
  /** 0 to `below` − 1. */
  int(below: number): number;
  chance(probability: number): boolean;
  /** An integer, both ends included. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
}

export function simRandom(seed: number): SimRandom {
  const source = seededRandom(seed);
  const int = (below: number) => Math.floor(source.float() * below);
  return {
    ...source,
    fork: (name) => simRandom(mix(seed, name)),
    int,
    chance: (probability) => source.float() < probability,
    between: (low, high) => low + int(high - low + 1),
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return items[int(items.length)] as T;
    },
  };
}

/** FNV-1a over the name, started from the seed. */
function mix(seed: number, name: string): number {
  let hash = (2_166_136_261 ^ seed) >>> 0;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619) >>> 0;
  return hash;
}
