import type { Random } from '../../src/ports/random.ts';
import type { Coverage, CoverageReport } from './coverage.ts';
import type { Attempt } from './execute.ts';
import { minimise } from './minimise.ts';
import { mutate, pick, pickOf } from './mutate.ts';
import { mutateValue } from './mutate-value.ts';

export interface FuzzOptions {
  readonly attempt: Attempt;
  readonly coverage: Coverage;
  readonly random: Random;
  /** Run first, unchanged. */
  readonly corpus: readonly Buffer[];
  readonly words: readonly string[];
  readonly structure: 'json' | 'yaml' | undefined;
  readonly maxBytes: number;
  /** Ends at the first of these limits, but not before the end of the corpus. */
  readonly limit: { readonly executions: number; readonly milliseconds: number };
  /** Ends after this many; default 10. */
  readonly maxFindings?: number;
  /** Called with each input before it runs, in case that it ends the process. */
  readonly onInput: (input: Buffer) => void;
}

export interface Finding {
  readonly key: string;
  readonly text: string;
  readonly input: Uint8Array;
}

export interface FuzzResult {
  readonly executions: number;
  readonly milliseconds: number;
  readonly coverage: CoverageReport;
  readonly findings: readonly Finding[];
  /** New inputs that reached code which no earlier input reached. */
  readonly fresh: readonly Uint8Array[];
}

/** Taking coverage costs milliseconds, and new code is rare, so it is taken once per batch of this size. */
const batchSize = 64;
const defaultMaxFindings = 10;
/** Half of the inputs are derived from one of the newest: their variants were explored least. */
const newest = 32;

/** Coverage-guided fuzzing: inputs that reach new code are kept and mutated further. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { coverage, limit } = options;
  const startedAt = performance.now();
  const findings = new Map<string, Finding>();
  const pool: Buffer[] = [...options.corpus];
  const fresh: Buffer[] = [];
  const next = inputMaker(options, pool);
  let executions = 0;

  async function execute(input: Buffer): Promise<void> {
    executions++;
    options.onInput(input);
    const failure = await options.attempt(input);
    if (failure === undefined || findings.has(failure.key)) return;
    const attempt = (smaller: Buffer) => {
      options.onInput(smaller);
      return options.attempt(smaller);
    };
    findings.set(failure.key, { ...failure, input: await minimise(input, failure.key, attempt) });
  }

  /** Finds the inputs of a batch that reached the new code by running them again, one by one. */
  async function keepNew(batch: readonly Buffer[]): Promise<void> {
    for (const input of batch) {
      await execute(input);
      const taken = await coverage.take();
      if (!taken.isNew) continue;
      taken.keep();
      pool.push(input);
      fresh.push(input);
    }
  }

  for (const input of options.corpus) await execute(input);
  (await coverage.take()).keep();
  const isOver = () =>
    executions >= limit.executions ||
    performance.now() - startedAt >= limit.milliseconds ||
    findings.size >= (options.maxFindings ?? defaultMaxFindings);
  while (!isOver()) {
    const batch: Buffer[] = [];
    while (batch.length < batchSize && !isOver()) {
      const input = next();
      batch.push(input);
      await execute(input);
    }
    const taken = await coverage.take();
    if (taken.isNew) await keepNew(batch);
    // Code that ran once and not again is not searched for any more.
    taken.keep();
  }
  const milliseconds = performance.now() - startedAt;
  return { executions, milliseconds, coverage: coverage.report(), findings: [...findings.values()], fresh };
}

function inputMaker(options: FuzzOptions, pool: readonly Buffer[]): () => Buffer {
  const { random, words, structure, maxBytes } = options;
  const dictionary = words.map((word) => Buffer.from(word));
  const some = () => pickOf(random, random.float() < 0.5 ? pool.slice(-newest) : pool, Buffer.alloc(0));
  return () => {
    const input = some();
    if (structure !== undefined && random.float() < 0.5) {
      const changed = mutateValue(structure, input.toString('utf8'), words, random);
      // Sometimes both: an unusual value in an unusual text.
      if (changed !== undefined && random.float() < 0.8) return Buffer.from(changed).subarray(0, maxBytes);
    }
    return mutate(input, pool[pick(random, pool.length)] ?? input, { random, dictionary, maxBytes });
  };
}
