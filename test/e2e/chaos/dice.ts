import { seededRandom } from '../../support/seeded-random.ts';

/** Seeded choices. */
export interface Dice {
  /** Uniform in [0, 1). */
  float(): number;
  /** An integer from `from` to `to`, inclusive. */
  between(from: number, to: number): number;
  /** Log-uniform: between 50 and 500 as likely as between 500 and 5000. */
  logBetween(from: number, to: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  chance(probability: number): boolean;
  shuffled<T>(items: readonly T[]): readonly T[];
}

/** The same choices for the same seed; components with different names do not affect each other. */
export function dice(seed: number, component: string): Dice {
  const mixed = [...component].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
  const { float } = seededRandom(mixed >>> 0);
  const between = (from: number, to: number) => from + Math.floor(float() * (to - from + 1));
  return {
    float,
    between,
    logBetween: (from, to) => Math.round(Math.exp(Math.log(from) + float() * Math.log(to / from))),
    pick: (items) => items[between(0, items.length - 1)] ?? items[0],
    chance: (probability) => float() < probability,
    shuffled: (items) =>
      items
        .map((item) => ({ item, rank: float() }))
        .toSorted((a, b) => a.rank - b.rank)
        .map(({ item }) => item),
  };
}
