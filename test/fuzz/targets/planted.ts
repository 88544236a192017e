import { check } from '../property.ts';
import type { FuzzTarget } from '../target.ts';

/** Targets with one bug each, to test the fuzzer itself. */
export const plantedTargets: readonly FuzzTarget[] = [
  {
    name: 'planted-deep',
    covers: ['test/fuzz/targets/planted-parser.ts'],
    seeds: () => ['hello'],
    maxBytes: 8,
    load: async () => {
      const { parsePlanted } = await import('./planted-parser.ts');
      return (input) => parsePlanted(input.toString('latin1'));
    },
  },
  {
    name: 'planted-hang',
    covers: ['test/fuzz/targets/planted-parser.ts'],
    seeds: () => ['hello'],
    load: async () => () => {
      while (Number.isFinite(performance.now()));
    },
  },
  {
    name: 'planted-memory',
    covers: ['test/fuzz/targets/planted-parser.ts'],
    seeds: () => ['hello'],
    load: async () => () => {
      const kept: number[][] = [];
      for (;;) kept.push(Array.from({ length: 100_000 }, (_, index) => index * 1.5));
    },
  },
  {
    name: 'planted-prototype',
    covers: ['test/fuzz/targets/planted-parser.ts'],
    seeds: () => ['hello'],
    load: async () => () => {
      Object.defineProperty(Object.prototype, 'isAdmin', { value: true, configurable: true });
      check(true, 'nothing is wrong but for that');
    },
  },
];
