import type { BenchFleet, Layout } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { type Figure, figure, seconds } from './support/figure.ts';
import { type NodeWatch, watchNode } from './support/node-facts.ts';
import type { Phases } from './support/phases.ts';
import { type BenchSession, type MeasuredPass, openBenchSession } from './support/session.ts';
import { type CheckCosts, checkCosts, stopRotation } from './support/site-checks.ts';
import { median, summarize } from './support/statistics.ts';

const passes = 30;

/** Two nodes with ten environments each. */
export const idleFleet: Layout = { alpha: tenNames('a'), beta: tenNames('b') };

/** Passes with nothing to do: their duration, the number of SSH commands, and that nothing is written. */
export const idlePass: Benchmark = {
  name: 'idle-pass',
  title: 'a pass with nothing to do, over 2 nodes and 20 environments',
  run: async (bench, say) => {
    await bench.describe(idleFleet, 'feat: two nodes, twenty environments');
    const session = await openBenchSession(bench);
    try {
      const { report } = await session.converge();
      const hosts = [...(report.observed?.nodes.values() ?? [])].flatMap(({ ipv4 }) => ipv4 ?? []);
      await session.pass();
      return await measure(bench, session, hosts, say);
    } finally {
      await session.close();
    }
  },
};

async function measure(
  bench: BenchFleet,
  session: BenchSession,
  hosts: readonly string[],
  say: (message: string) => void,
): Promise<readonly Figure[]> {
  const { stateDir } = bench.fleet;
  const refs = () => bench.fleet.git('ls-remote', 'origin');
  const refsBefore = await refs();
  // The target is that of a pass; the checks in rotation are measured below.
  await Promise.all(hosts.map((host) => stopRotation(stateDir, host)));
  const watches = await Promise.all(hosts.map((host) => watchNode(stateDir, host)));
  const cpuBefore = process.cpuUsage();
  const runs: MeasuredPass[] = [];
  for (let count = 0; count < passes; count++) runs.push(await session.pass());
  const cpu = process.cpuUsage(cpuBefore);
  const seen = await Promise.all(watches.map((watch) => watch()));
  const refsAfter = await refs();
  const busy = runs.filter(({ report }) => report.results.length > 0).length;
  if (busy > 0) throw new Error(`${busy} of ${passes} passes had something to do`);
  say(`${passes} passes, median ${seconds(median(runs.map((run) => run.durationMs)))}`);
  const figures = figuresOf(
    runs,
    hosts,
    seen,
    refsBefore === refsAfter,
    (cpu.user + cpu.system) / 1000 / passes,
  );
  const costs: CheckCosts[] = [];
  // One after the other: the CPU time is that of all machines.
  for (const host of hosts) costs.push(await checkCosts(bench.lab.name, stateDir, host));
  return [...figures, ...checkFigures(costs)];
}

/** CPU time of the nodes for the checks that no pass waits for. */
function checkFigures(costs: readonly CheckCosts[]): readonly Figure[] {
  const { name } = idlePass;
  const words = (key: keyof CheckCosts) => costs.map((cost) => `${Math.round(cost[key])} ms`).join(' + ');
  return [
    figure(name, 'front pages and code in rotation, CPU of the nodes a minute', words('rotationMs'), {
      data: { costs },
    }),
    figure(name, 'full check of the code, CPU of the nodes', words('fullMs'), { data: { costs } }),
  ];
}

function figuresOf(
  runs: readonly MeasuredPass[],
  hosts: readonly string[],
  seen: readonly NodeWatch[],
  refsUnchanged: boolean,
  cpuMs: number,
): readonly Figure[] {
  const { name } = idlePass;
  const wall = summarize(runs.map((run) => run.durationMs));
  const phase = (key: keyof Phases) => median(runs.map((run) => run.phases[key]));
  const parts = {
    fetchMs: phase('fetchMs'),
    loadMs: phase('loadMs'),
    observeMs: phase('observeMs'),
    recordMs: phase('recordMs'),
  };
  const commands = hosts.map((host) =>
    Math.max(...runs.map(({ counters }) => counters.commands.get(host) ?? 0)),
  );
  const onNodes = seen.map(({ sudoCommands }) => total(Object.values(sudoCommands)));
  const writes = {
    store: total(runs.map(({ counters }) => counters.storeWrites)),
    git: total(runs.map(({ counters }) => counters.gitWrites)),
    ansibleRuns: total(runs.map(({ counters }) => counters.ansibleRuns)),
    files: seen.flatMap(({ writtenFiles }) => writtenFiles),
  };
  const nothing = writes.store + writes.git + writes.ansibleRuns + writes.files.length === 0 && refsUnchanged;
  const oneEach =
    commands.every((number) => number === 1) && onNodes.every((number) => number === runs.length);
  return [
    figure(name, `wall time (median of ${wall.count})`, seconds(wall.median), {
      beside: `${seconds(wall.min)} – ${seconds(wall.max)}`,
      result: `${Math.round(cpuMs)} ms CPU`,
      data: { wall, cpuMs, passes: runs.map((run) => run.durationMs) },
    }),
    figure(
      name,
      'where it goes',
      Object.entries(parts)
        .map(([key, ms]) => `${key.replace('Ms', '')} ${Math.round(ms)}`)
        .join(', '),
      { data: parts },
    ),
    figure(name, 'SSH round trips for each node and pass', `${Math.max(...commands)}`, {
      beside: `journals of the nodes: ${onNodes.join(' + ')} commands in ${runs.length} passes`,
      result: `${total(seen.map(({ logins }) => logins))} logins`,
      target: '1',
      reached: oneEach,
      data: { commands, seen },
    }),
    figure(
      name,
      `writes in ${runs.length} passes`,
      `store ${writes.store}, commits ${writes.git}, Ansible ${writes.ansibleRuns}`,
      {
        beside: `files on the nodes: ${writes.files.length}`,
        result: refsUnchanged ? 'refs unchanged' : 'REFS MOVED',
        target: '0',
        reached: nothing,
        data: writes,
      },
    ),
  ];
}

function tenNames(prefix: string): readonly string[] {
  return Array.from({ length: 10 }, (_, index) => `${prefix}-${index + 1}`);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
