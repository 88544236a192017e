import { expect, test } from 'vitest';
import { runSeeds } from '../cli/run-seeds.ts';

/** As many as run in three quarters of a minute on two processors; `npm run sim -- --seeds N` runs more. */
const count = 500;

test(`${count} random histories with faults and kills violate no invariant`, async () => {
  const lines: string[] = [];
  expect(await runSeeds(1, count, (line) => void lines.push(line))).toEqual([]);
  process.stdout.write(`${lines.join('\n')}\n`);
});
