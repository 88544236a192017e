import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { commitToReady } from './commit-to-ready.ts';
import { daemon } from './daemon.ts';
import { idlePass } from './idle-pass.ts';
import { manyAtOnce } from './many-at-once.ts';
import { type BenchFleet, endLab, startBenchFleet } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import type { Figure } from './support/figure.ts';
import { describeMachine, machineFacts } from './support/machine.ts';
import { renderTable } from './support/table.ts';

/** Runs the benchmarks one after the other in one lab and prints their table. No figure makes it fail; a benchmark that cannot run does. */
const benchmarks: readonly Benchmark[] = [commitToReady, manyAtOnce, idlePass, daemon];
const out = (text: string) => process.stdout.write(`${text}\n`);
const say = (text: string) => process.stderr.write(`bench: ${text}\n`);

const { values } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string', multiple: true }, help: { type: 'boolean' } },
});
const unknown = (values.only ?? []).filter(
  (name) => !benchmarks.some((benchmark) => benchmark.name === name),
);

if (values.help === true || unknown.length > 0) {
  if (unknown.length > 0) say(`there is no benchmark ${unknown.join(', ')}`);
  out('npm run bench -- [--json FILE] [--only NAME]...\n');
  for (const { name, title } of benchmarks) out(`  ${name.padEnd(18)}${title}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}
if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  out('bench: skipped, because it boots real machines, which needs Linux and root');
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say('stopping: the lab is removed');
    endLab().finally(() => process.exit(130));
  });
}

const facts = machineFacts();
const figures: Figure[] = [];
const failures: string[] = [];
let bench: BenchFleet | undefined;
try {
  bench = await startBenchFleet(say);
  for (const benchmark of benchmarks) {
    if (values.only !== undefined && !values.only.includes(benchmark.name)) continue;
    await runOne(benchmark, bench);
  }
} finally {
  await bench?.end();
}
out(`\n${describeMachine(facts)}\n\n${renderTable(figures)}\n`);
for (const failure of failures) out(`failed: ${failure}`);
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ machine: facts, figures, failures }, null, 2)}\n`);
}
process.exitCode = failures.length > 0 ? 1 : 0;

async function runOne(benchmark: Benchmark, on: BenchFleet): Promise<void> {
  say(`${benchmark.name}: ${benchmark.title}`);
  const started = performance.now();
  try {
    figures.push(...(await benchmark.run(on, (text) => say(`${benchmark.name}: ${text}`))));
  } catch (error) {
    failures.push(`${benchmark.name}: ${error instanceof Error ? error.message : String(error)}`);
    say(failures.at(-1) ?? '');
  }
  say(`${benchmark.name}: took ${Math.round((performance.now() - started) / 1000)} s`);
}
