import { parentPort, workerData } from 'node:worker_threads';
import { plant } from './plant.ts';

/** Runs histories until one of them finds the bug that is planted in this thread. */
export interface Hunt {
  readonly mutant: string;
  /** Random histories to try after the scenarios. */
  readonly seeds: number;
}

export interface Found {
  readonly mutant: string;
  /** The violated invariant and the cause; null when the bug was not found. */
  readonly by: { readonly history: string; readonly invariant: string } | null;
  readonly histories: number;
}

const { mutant, seeds } = workerData as Hunt;
plant(mutant);
// Loaded only now: modules that are loaded from here contain the bug.
const { run } = await import('../run/run.ts');
const { inputOf } = await import('../run/generate.ts');
const { scenarios } = await import('../run/scenarios.ts');
const { regressions } = await import('../regressions/regressions.ts');
const { theseFaults } = await import('../core/index.ts');

parentPort?.postMessage(await hunt());

async function hunt(): Promise<Found> {
  let histories = 0;
  for (const { name, input, faults } of scenarios()) {
    histories += 1;
    const { violation } = await run({ ...input, faults: theseFaults(faults) });
    if (violation !== null)
      return { mutant, histories, by: { history: name, invariant: violation.invariant } };
  }
  for (const { name, input, faults } of regressions) {
    histories += 1;
    const { violation } = await run({ ...input, faults: theseFaults(faults) });
    if (violation !== null)
      return { mutant, histories, by: { history: `regression ${name}`, invariant: violation.invariant } };
  }
  for (let seed = 1; seed <= seeds; seed++) {
    histories += 1;
    const { violation } = await run(inputOf(seed));
    if (violation !== null)
      return { mutant, histories, by: { history: `seed ${seed}`, invariant: violation.invariant } };
  }
  return { mutant, histories, by: null };
}
