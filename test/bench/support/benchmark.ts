import type { BenchFleet } from './bench-fleet.ts';
import type { Figure } from './figure.ts';

export interface Benchmark {
  readonly name: string;
  readonly title: string;
  run(bench: BenchFleet, say: (message: string) => void): Promise<readonly Figure[]>;
}

/** One that needs no machines. */
export interface PlainBenchmark {
  readonly name: string;
  readonly title: string;
  run(say: (message: string) => void): Promise<readonly Figure[]>;
}
