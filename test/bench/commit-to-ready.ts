import { join } from 'node:path';
import type { ResourceRef } from '../../src/fleet/brand.ts';
import type { AnsibleRequest } from '../../src/ports/ansible.ts';
import type { BenchFleet } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { type ByHand, createByHand } from './support/by-hand.ts';
import { type CpuTime, totalMs, withCpuTime } from './support/cpu.ts';
import { type Figure, figure, seconds, signedPercent } from './support/figure.ts';
import { type BenchSession, type MeasuredPass, openBenchSession } from './support/session.ts';
import { median, summarize } from './support/statistics.ts';
import { variablesFor } from './support/tasks.ts';

const pairs = 6;
const target = 0.05;

/**
 * One new environment on a ready node: from the end of `git push` to the Ready that is pushed to the status branch, compared with a person
 * who runs the same playbook with the same variables. Both alternate, so that load of the machine affects both.
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
          `pair ${index}: pass ${seconds(pair.pass.durationMs)}, by hand ${seconds(pair.handMs)}; CPU ${seconds(totalMs(pair.passCpu))}, ${seconds(totalMs(pair.handCpu))}; ${describeParts(partsOf(pair.pass))}`,
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
  readonly passCpu: CpuTime;
  readonly handMs: number;
  readonly handCpu: CpuTime;
}

async function onePair(
  bench: BenchFleet,
  session: BenchSession,
  byHand: ByHand,
  index: number,
): Promise<Pair> {
  const hand = () => oneByHand(bench, session, byHand, `hand-${index}`);
  const pass = () => onePass(bench, session, `pass-${index}`);
  if (index % 2 === 1) return { ...(await hand()), ...(await pass()) };
  return { ...(await pass()), ...(await hand()) };
}

async function onePass(bench: BenchFleet, session: BenchSession, name: string) {
  await lookOnce(session);
  await bench.add('alpha', [name]);
  const { value: pass, cpu } = await withCpuTime(bench.lab.name, session.converge);
  const done = pass.report.results.map(({ action }) => action);
  if (`${done}` !== `environment.converge:${name}`) throw new Error(`the pass did ${done.join(', ')}`);
  return { pass, passCpu: cpu };
}

async function oneByHand(bench: BenchFleet, session: BenchSession, byHand: ByHand, name: string) {
  const request = requestFor(await lookOnce(session));
  const run = await byHand.prepare(request, await variablesFor(bench, session, request, [name]));
  const { value, cpu } = await withCpuTime(bench.lab.name, run);
  // Its manifest follows, and the pass has nothing to do, which proves that both ways have the same result.
  await bench.add('alpha', [name]);
  const adopted = await session.converge();
  if (adopted.report.results.length > 0) throw new Error('the run by hand left work to do');
  return { handMs: value.durationMs, handCpu: cpu };
}

/** A pass without work, as a daemon makes one every minute: both ways start with a node whose sites have answered since the last reload. */
async function lookOnce(session: BenchSession): Promise<MeasuredPass> {
  const pass = await session.pass();
  if (pass.report.results.length > 0) throw new Error('there was work to do');
  return pass;
}

/** The address by which Pressluft reaches the node. */
function requestFor({ report }: MeasuredPass): AnsibleRequest {
  const { ipv4, hostKey } = report.status.get('node/alpha' as ResourceRef)?.details ?? {};
  if (typeof ipv4 !== 'string' || typeof hostKey !== 'string') throw new Error('the node is not there');
  const address = { host: ipv4, port: 22, user: 'pressluft', hostKeys: [hostKey] };
  return { playbook: 'environment-converge', host: 'alpha', address, vars: {}, timeoutMs: 0 };
}

type Parts = Readonly<
  Record<'fetch' | 'load' | 'observe' | 'ansible' | 'restOfAct' | 'observeAgain' | 'record', number>
>;

/** Durations of the parts of a pass, ms. */
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
  const passCpuMs = median(runs.map(({ passCpu }) => totalMs(passCpu)));
  const handCpuMs = median(runs.map(({ handCpu }) => totalMs(handCpu)));
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
    figure(name, 'CPU time, controller and node', seconds(passCpuMs), {
      beside: `by hand ${seconds(handCpuMs)}`,
      result: signedPercent(passCpuMs / handCpuMs - 1),
      data: { pairs: runs.map(({ passCpu, handCpu }) => ({ passCpu, handCpu })) },
    }),
    figure(name, 'around the playbook', seconds(around), {
      beside: `${describeParts(parts)} ms`,
      result: `${signedPercent(around / parts.ansible)} on it`,
      data: parts,
    }),
  ];
}
