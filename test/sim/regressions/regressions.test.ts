import { expect, test } from 'vitest';
import { theseFaults } from '../core/index.ts';
import { run } from '../run/run.ts';
import { regressions } from './regressions.ts';

test.each(regressions)('$name: $found', async ({ input, faults }) => {
  const { violation } = await run({ ...input, faults: theseFaults(faults) });
  expect(violation).toBeNull();
});
