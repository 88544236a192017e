import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const cache = join(import.meta.dirname, 'node_modules/.cache');

/** Where the program keeps its compiled code and Ansible's modules while tests start it hundreds of times; tests hand it on as they see fit. */
const env = {
  PRESSLUFT_TEST_COMPILE_CACHE: join(cache, 'pressluft-test'),
  PRESSLUFT_TEST_MODULE_CACHE: join(cache, 'pressluft-modules'),
};

/** Each needs a process of its own: two put other modules in the place of real ones, the fuzzer limits the heap of its threads. */
const alone = [
  'test/reconcile/execute.test.ts',
  'test/adapters/git/object-writer.test.ts',
  'test/fuzz/fuzz.test.ts',
];

/** They wait for machines half of the time, as the other tests of the lab do. */
const contractsOnMachines = [
  'test/contract/**/lab.test.ts',
  'test/contract/node-content/!(simulated).test.ts',
];

/** They take milliseconds; the limit is for machines that are busy with something else. */
const unitLimits = { testTimeout: 300_000, hookTimeout: 300_000 };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['test/**/*.test.ts'],
          exclude: [
            ...['test/e2e/**', 'test/bench/**', 'test/contract/**', 'test/lab/**', 'test/sim/**'],
            ...alone,
          ],
          ...unitLimits,
          // Nothing at module level holds state, so files share a process: to start one for each takes a quarter of the CPU time.
          isolate: false,
        },
      },
      { test: { name: 'unit-alone', env, include: alone, ...unitLimits } },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // Those that run many histories use all processors by themselves.
          fileParallelism: false,
          isolate: false,
        },
      },
      {
        test: {
          name: 'contract',
          env,
          include: ['test/contract/**/*.test.ts'],
          exclude: contractsOnMachines,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'lab',
          env,
          include: ['test/lab/**/*.test.ts', ...contractsOnMachines],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          env,
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          // Each file has a lab of its own, and waits for its machines a third of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
