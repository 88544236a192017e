import { describe, expect, test } from 'vitest';
import type { FuzzResult } from './fuzzer.ts';
import { runTarget } from './run-target.ts';
import { fuzzTargets } from './targets/index.ts';

/** The whole corpus first, then as many new inputs as the time allows: `npm run fuzz` has more time. */
const limit = { executions: 2000, milliseconds: 500 };

function told({ findings }: FuzzResult): readonly string[] {
  return findings.map(
    ({ key, text, input }) => `${key}\n${text}\n${JSON.stringify(Buffer.from(input).toString('latin1'))}`,
  );
}

describe('any bytes result in a value or in an error that explains itself', {
  timeout: 120_000,
}, () => {
  test.each(fuzzTargets.map(({ name }) => name))('%s', async (target) => {
    const result = await runTarget({ target, seed: 1, limit });
    expect(told(result)).toEqual([]);
    expect(result.coverage.functions.covered).toBeGreaterThan(0);
  });
});

describe('the fuzzer', { timeout: 120_000 }, () => {
  const one = { executions: 1, milliseconds: 1000 };

  test('finds a bug behind three branches by coverage, and minimises the input', async () => {
    const { findings, fresh } = await runTarget({
      target: 'planted-deep',
      seed: 1,
      maxFindings: 1,
      limit: { executions: 150_000, milliseconds: 60_000 },
    });
    expect(findings.map(({ input }) => Buffer.from(input).toString())).toEqual(['BUG']);
    expect(fresh.length).toBeGreaterThanOrEqual(2);
  });

  test('reports an input that never ends, one that exhausts the memory, and a changed prototype', async () => {
    const found = await Promise.all([
      runTarget({ target: 'planted-hang', seed: 1, limit: one }, 1500),
      // On a busy machine it takes long to fill the memory: that must not count as an input that never ends.
      runTarget({ target: 'planted-memory', seed: 1, limit: one }, 150_000),
      runTarget({ target: 'planted-prototype', seed: 1, limit: one }),
    ]);
    expect(found.map(({ findings }) => findings.map(({ key }) => key))).toEqual([
      ['hang'],
      ['memory'],
      ['BrokenProperty a built-in prototype was changed'],
    ]);
  }, 180_000);
});
