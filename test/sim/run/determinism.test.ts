import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../call-sites/call-sites.ts';
import { inputOf } from './generate.ts';
import { run } from './run.ts';
import { replay, scheduleOf } from './shrink.ts';

const seeds = [3, 16, 41, 100];

test('the same seed gives the same trace, byte for byte', async () => {
  for (const seed of seeds) {
    const [one, two] = [
      await run({ ...inputOf(seed), keepTrace: 5000 }),
      await run({ ...inputOf(seed), keepTrace: 5000 }),
    ];
    expect(two.trace).toEqual(one.trace);
    expect(two.digest).toBe(one.digest);
    expect(one.trace.length).toBeGreaterThan(500);
  }
});

test('the same seed gives the same trace in another process', async () => {
  const script = `
    const { run } = await import('./test/sim/run/run.ts');
    const { inputOf } = await import('./test/sim/run/generate.ts');
    process.stdout.write((await run(inputOf(${seeds[1]}))).digest);`;
  const node = join(projectRoot, 'node_modules/.bin/node');
  const digest = execFileSync(node, ['--input-type=module', '-e', script], {
    cwd: projectRoot,
    encoding: 'utf8',
  });
  expect(digest).toBe((await run(inputOf(seeds[1] ?? 0))).digest);
});

test('another seed gives another trace', async () => {
  const digests = await Promise.all(seeds.map(async (seed) => (await run(inputOf(seed))).digest));
  expect(new Set(digests).size).toBe(seeds.length);
});

test('a run is determined by its seed and its faults', async () => {
  const input = inputOf(100);
  const first = await run(input);
  expect(first.struck.length).toBeGreaterThan(0);
  const again = await replay(100, scheduleOf(input.events, first.struck));
  expect(again.digest).toBe(first.digest);
});
