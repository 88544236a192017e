import { join } from 'node:path';
import type { BenchFleet } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { type ByHand, createByHand } from './support/by-hand.ts';
import { type Figure, figure, seconds, signedPercent } from './support/figure.ts';
import { type BenchSession, type MeasuredPass, openBenchSession } from './support/session.ts';
import { median, summarize } from './support/statistics.ts';
import { variablesFor } from './support/tasks.ts';

const pairs = 6;
const target = 0.05;

/**
 * One new environment on a ready node: from the end of `git push` to the Ready that is pushed to the status branch, against a person who
 * runs the same playbook with the same variables. Both by turns, so that a busy machine is busy for both.
 */
export const commitToReady: Benchmark = {
  name: 'commit-to-ready',
  title: 'commit to Ready, one new environment',
  run: async (bench, say) => {
    await bench.describe({ alpha: ['warm-alpha'], beta: ['warm-beta'] }, 'feat: two nodes');
    const session = await openBenchSession(bench);
    const byHand = await createByHand(join(bench.fleet.stateDir, 'ssh', 'id_ed25519'));
    try {
      await session.converge();
      const runs: Pair[] = [];
      // The first pair fills caches of page and playbook on both sides and is not counted.
      for (let index = 0; index <= pairs; index++) {
        const pair = await onePair(bench, session, byHand, index);
        say(
          `pair ${index}: pass ${seconds(pair.pass.durationMs)}, by hand ${seconds(pair.handMs)}; ${describeParts(partsOf(pair.pass))}`,
        );
        if (index > 0) runs.push(pair);
      }
      return figuresOf(runs);
    } finally {
      await byHand.end();
      await session.close();
    }
  },
};

interface Pair {
  readonly pass: MeasuredPass;
  readonly handMs: number;
}

async function onePair(
  bench: BenchFleet,
  session: BenchSession,
  byHand: ByHand,
  index: number,
): Promise<Pair> {
  const [own, other] = [`pass-${index}`, `hand-${index}`];
  const handFirst = index % 2 === 1;
  const request = await templateRequest(session);
  const hand = await byHand.prepare(request, await variablesFor(bench, session, request, [other]));
  let handMs = 0;
  if (handFirst) handMs = (await hand()).durationMs;
  // What was made by hand has its manifest too, so that the pass finds it as it should be: the proof that both did the same.
  await bench.add('alpha', handFirst ? [own, other] : [own]);
  const pass = await session.converge();
  const expected = [`environment.converge:${own}`];
  const done = pass.report.results.map((result) => `${result.action}`);
  if (JSON.stringify(done) !== JSON.stringify(expected)) throw new Error(`the pass did ${done.join(', ')}`);
  if (!handFirst) {
    handMs = (await hand()).durationMs;
    await bench.add('alpha', [other]);
    const adopted = await session.converge();
    if (adopted.report.results.length > 0) throw new Error('the run by hand left something to do');
  }
  return { pass, handMs };
}

/** Host and address of the node, from a plan that is carried out by nobody. */
async function templateRequest(session: BenchSession) {
  const { report } = await session.pass();
  const node = [...(report.observed?.nodes.values() ?? [])].find(({ name }) => name === 'alpha');
  const status = report.status;
  const hostKey = [...status.values()].find(({ ref }) => ref === 'node/alpha')?.details.hostKey;
  if (node?.ipv4 == null || typeof hostKey !== 'string') throw new Error('the node is not there');
  return {
    playbook: 'environment-converge' as const,
    host: 'alpha',
    address: { host: node.ipv4, port: 22, user: 'pressluft', hostKeys: [hostKey] },
    vars: {},
    timeoutMs: 0,
  };
}

type Parts = Readonly<
  Record<'fetch' | 'load' | 'observe' | 'ansible' | 'restOfAct' | 'observeAgain' | 'record', number>
>;

/** Where the time of a pass goes, ms. */
function partsOf({ phases, counters }: MeasuredPass): Parts {
  return {
    fetch: phases.fetchMs,
    load: phases.loadMs,
    observe: phases.observeMs,
    ansible: counters.ansibleMs,
    restOfAct: phases.actMs - counters.ansibleMs,
    observeAgain: phases.observeAgainMs,
    record: phases.recordMs,
  };
}

function describeParts(parts: Parts): string {
  const around = Object.entries(parts).filter(([part]) => part !== 'ansible');
  return around.map(([part, ms]) => `${part} ${Math.round(ms)}`).join(', ');
}

function figuresOf(runs: readonly Pair[]): readonly Figure[] {
  const { name } = commitToReady;
  const all = runs.map(({ pass }) => partsOf(pass));
  const part = (key: keyof Parts) => median(all.map((parts) => parts[key]));
  const parts: Parts = {
    fetch: part('fetch'),
    load: part('load'),
    observe: part('observe'),
    ansible: part('ansible'),
    restOfAct: part('restOfAct'),
    observeAgain: part('observeAgain'),
    record: part('record'),
  };
  const passes = summarize(runs.map(({ pass }) => pass.durationMs));
  const hands = summarize(runs.map(({ handMs }) => handMs));
  const overhead = passes.median / hands.median - 1;
  const around = passes.median - parts.ansible;
  return [
    figure(name, `push to Ready committed (median of ${passes.count})`, seconds(passes.median), {
      beside: `by hand ${seconds(hands.median)}`,
      result: signedPercent(overhead),
      target: '< +5 %',
      reached: overhead < target,
      data: {
        passes,
        hands,
        overhead,
        pairs: runs.map(({ handMs }, index) => ({ handMs, parts: all[index] })),
      },
    }),
    figure(name, 'least to greatest', `${seconds(passes.min)} – ${seconds(passes.max)}`, {
      beside: `by hand ${seconds(hands.min)} – ${seconds(hands.max)}`,
    }),
    figure(name, 'the playbook inside the pass', seconds(parts.ansible), {
      beside: `by hand ${seconds(hands.median)}`,
      result: signedPercent(parts.ansible / hands.median - 1),
    }),
    figure(name, 'around the playbook', seconds(around), {
      beside: `${describeParts(parts)} ms`,
      result: `${signedPercent(around / parts.ansible)} on it`,
      data: parts,
    }),
  ];
}
