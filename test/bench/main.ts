import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { commitToReady } from './commit-to-ready.ts';
import { daemon } from './daemon.ts';
import { gitRead } from './git-read.ts';
import { idlePass } from './idle-pass.ts';
import { manyAtOnce } from './many-at-once.ts';
import { phpMasters } from './php-masters.ts';
import { planScale } from './plan-scale.ts';
import { type BenchFleet, endLab, startBenchFleet } from './support/bench-fleet.ts';
import type { Benchmark, PlainBenchmark } from './support/benchmark.ts';
import type { Figure } from './support/figure.ts';
import { describeMachine, machineFacts } from './support/machine.ts';
import { renderTable } from './support/table.ts';
import { validateScale } from './validate.ts';

/** Runs the benchmarks one after the other, those with machines in one lab, and prints their table. It fails when a benchmark cannot run, never because of a figure. */
const plain: readonly PlainBenchmark[] = [validateScale, planScale, gitRead];
const inLab: readonly Benchmark[] = [commitToReady, manyAtOnce, idlePass, daemon, phpMasters];
const benchmarks = [...plain, ...inLab];
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
const isWanted = ({ name }: { readonly name: string }) => values.only?.includes(name) ?? true;
const bootsMachines = process.platform === 'linux' && process.getuid?.() === 0;
const wanted = bootsMachines ? inLab.filter(isWanted) : [];
if (!bootsMachines) out('bench: skipping those that boot real machines, which need Linux and root');

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    say('stopping: the lab is removed');
    Promise.resolve(wanted.length > 0 ? endLab() : undefined).finally(() => process.exit(130));
  });
}

const facts = machineFacts();
const figures: Figure[] = [];
const failures: string[] = [];
let bench: BenchFleet | undefined;
try {
  for (const benchmark of plain.filter(isWanted)) await runOne(benchmark, (told) => benchmark.run(told));
  if (wanted.length > 0) {
    const fleet = await startBenchFleet(say);
    bench = fleet;
    for (const benchmark of wanted) await runOne(benchmark, (told) => benchmark.run(fleet, told));
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

async function runOne(
  { name, title }: Pick<Benchmark, 'name' | 'title'>,
  run: (told: (text: string) => void) => Promise<readonly Figure[]>,
): Promise<void> {
  say(`${name}: ${title}`);
  const started = performance.now();
  try {
    figures.push(...(await run((text) => say(`${name}: ${text}`))));
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    say(failures.at(-1) ?? '');
  }
  say(`${name}: took ${Math.round((performance.now() - started) / 1000)} s`);
}
