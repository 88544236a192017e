import { join } from 'node:path';
import type { AnsibleRequest } from '../../src/ports/ansible.ts';
import type { BenchFleet } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { type ByHand, createByHand } from './support/by-hand.ts';
import { type Figure, figure, seconds } from './support/figure.ts';
import { type BenchSession, openBenchSession } from './support/session.ts';
import { variablesFor } from './support/tasks.ts';

const count = 20;
const target = 5;
const before = { alpha: ['warm-alpha'], beta: ['warm-beta'] };

/**
 * Twenty new environments on one node in one commit, compared with one after the other: each with its own commit and pass, and each with its
 * own run of the playbook by hand. Every way starts with the same node, on which one environment has filled the caches.
 */
export const manyAtOnce: Benchmark = {
  name: 'many-at-once',
  title: `${count} new environments in one commit, against ${count} runs; then a run that finds nothing to do`,
  run: async (bench, say) => {
    await bench.describe(before, 'feat: two nodes');
    const session = await openBenchSession(bench);
    const byHand = await createByHand(join(bench.fleet.stateDir, 'ssh', 'id_ed25519'));
    try {
      await session.converge();
      const once = await oneCommit(bench, session);
      say(`one commit ${seconds(once.durationMs)}`);
      const again = await secondRun(session, once.request);
      say(`again ${seconds(again.durationMs)}, changed=${again.changed}`);
      await startOver(bench, session);
      const handMs = await oneByOneByHand(bench, session, byHand, once.request, say);
      await startOver(bench, session);
      const commitsMs = await oneByOne(bench, session, say);
      return figuresOf(once, again, handMs, commitsMs);
    } finally {
      await byHand.end();
      await session.close();
    }
  },
};

interface OneCommit {
  readonly durationMs: number;
  readonly ansibleMs: number;
  readonly request: AnsibleRequest;
}

async function oneCommit(bench: BenchFleet, session: BenchSession): Promise<OneCommit> {
  await bench.add('beta', namesOf('once'));
  const { durationMs, counters, requests, report } = await session.converge();
  const request = requests[0];
  if (request === undefined || requests.length !== 1 || report.results.length !== count) {
    throw new Error(`${requests.length} runs for ${report.results.length} environments`);
  }
  return { durationMs, ansibleMs: counters.ansibleMs, request };
}

interface SecondRun {
  readonly durationMs: number;
  readonly changed: number;
}

/** The previous run again, although nothing has changed. */
async function secondRun(session: BenchSession, request: AnsibleRequest): Promise<SecondRun> {
  const { playbook, host, address, vars, timeoutMs } = request;
  const started = performance.now();
  const outcome = await session.deps.ansible.run({ playbook, host, address, vars, timeoutMs });
  return { durationMs: performance.now() - started, changed: outcome.stats.changed };
}

async function oneByOneByHand(
  bench: BenchFleet,
  session: BenchSession,
  byHand: ByHand,
  request: AnsibleRequest,
  say: (message: string) => void,
): Promise<readonly number[]> {
  const names = namesOf('hand');
  const durations: number[] = [];
  for (const name of names) {
    const run = await byHand.prepare(request, await variablesFor(bench, session, request, [name]));
    durations.push((await run()).durationMs);
  }
  say(`${count} runs by hand ${seconds(sum(durations))}`);
  // Their manifests follow, so that they belong to the fleet and can be removed.
  await bench.add('beta', names);
  const adopted = await session.converge();
  if (adopted.report.results.length > 0) throw new Error('the runs by hand left work to do');
  return durations;
}

async function oneByOne(
  bench: BenchFleet,
  session: BenchSession,
  say: (message: string) => void,
): Promise<readonly number[]> {
  const durations: number[] = [];
  for (const name of namesOf('each')) {
    await bench.add('beta', [name]);
    const { durationMs, report } = await session.converge();
    if (report.results.length !== 1) throw new Error(`${report.results.length} actions for one environment`);
    durations.push(durationMs);
  }
  say(`${count} commits ${seconds(sum(durations))}`);
  return durations;
}

async function startOver(bench: BenchFleet, session: BenchSession): Promise<void> {
  await bench.describe(before, 'chore: start over');
  await session.converge();
}

function figuresOf(
  once: OneCommit,
  again: SecondRun,
  handMs: readonly number[],
  commitsMs: readonly number[],
): readonly Figure[] {
  const { name } = manyAtOnce;
  const against = (beside: string, separate: readonly number[]) => {
    const factor = sum(separate) / once.durationMs;
    return figure(name, `${count} in one commit, push to Ready`, seconds(once.durationMs), {
      beside: `${beside} ${seconds(sum(separate))}`,
      result: `${factor.toFixed(1)} × faster`,
      target: `≥ ${target} ×`,
      reached: factor >= target,
      data: { onceMs: once.durationMs, ansibleMs: once.ansibleMs, separateMs: separate, factor },
    });
  };
  return [
    against(`${count} commits, ${count} passes`, commitsMs),
    against(`${count} playbooks by hand`, handMs),
    figure(name, `the playbook again, ${count} environments`, seconds(again.durationMs), {
      beside: `first run ${seconds(once.ansibleMs)}`,
      result: `changed=${again.changed}`,
      target: 'changed=0',
      reached: again.changed === 0,
      data: { ...again },
    }),
  ];
}

function namesOf(prefix: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(2, '0')}`);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
