import { ansibleVenv } from '../../src/main/paths.ts';
import { idleFleet } from './idle-pass.ts';
import type { BenchFleet } from './support/bench-fleet.ts';
import type { Benchmark } from './support/benchmark.ts';
import { buildCopy } from './support/built-copy.ts';
import { type Figure, figure, mebibytes, seconds } from './support/figure.ts';
import { cpuTimeMs } from './support/machine.ts';
import { companionsOf, memoryOf } from './support/process-memory.ts';
import { type RealDaemonOptions, startRealDaemon } from './support/real-daemon.ts';
import { openBenchSession } from './support/session.ts';
import { median } from './support/statistics.ts';
import { isReady, timeUntil } from './support/wait-for-status.ts';

const targetMb = 120;
const idlePasses = 10;
const commits = 3;
const rhythm = ['--interval', '3s', '--poll-interval', '2s'];

/** The real `pressluft run`: its memory when idle, and how soon it sees a commit. */
export const daemon: Benchmark = {
  name: 'daemon',
  title: 'the daemon: memory when idle, and commit to Ready including the wait',
  run: async (bench, say) => {
    await bench.describe(idleFleet, 'feat: two nodes, twenty environments');
    const session = await openBenchSession(bench);
    await session.converge().finally(() => session.close());
    const figures: Figure[] = [];
    figures.push(...(await memory(bench, 'from sources', {})));
    say(figures.at(-1)?.measured ?? '');
    const copy = await buildCopy();
    try {
      // The copy has no virtualenv.
      const env = { PRESSLUFT_ANSIBLE_VENV: ansibleVenv(process.env) };
      figures.push(...(await memory(bench, 'built (dist)', { command: [copy.launcher], env })));
      say(figures.at(-1)?.measured ?? '');
    } finally {
      await copy.remove();
    }
    figures.push(await commitsSeen(bench, 'poll-', 'polling over HTTP every 2 s', {}));
    const local = { PRESSLUFT_REPO: bench.lab.git.repository };
    figures.push(await commitsSeen(bench, 'watch-', 'watching a local repository', local));
    return figures;
  },
};

async function memory(
  bench: BenchFleet,
  how: string,
  options: RealDaemonOptions,
): Promise<readonly Figure[]> {
  const running = startRealDaemon(bench, { ...options, args: rhythm });
  try {
    await running.idlePasses(idlePasses / 2, 300_000);
    const cpuBefore = await cpuTimeMs(running.pid);
    const before = performance.now();
    const passes = await running.idlePasses(idlePasses / 2, 300_000);
    const cpu = (await cpuTimeMs(running.pid)) - cpuBefore;
    const elapsed = performance.now() - before;
    // Between two passes, when no work is running.
    await new Promise((done) => setTimeout(done, 1000));
    const own = await memoryOf(running.pid);
    const companions = await companionsOf(running.pid);
    const companionsPss = companions.reduce((sum, { pssKib }) => sum + pssKib, 0);
    const megabytes = (own.rssKib * 1024) / 1e6;
    const name = daemon.name;
    return [
      figure(name, `idle, ${how}: resident memory`, `${megabytes.toFixed(0)} MB`, {
        beside: `Pss ${mebibytes(own.pssKib)}; ${companions.length} further processes, Pss ${mebibytes(companionsPss)}`,
        result: `after ${running.passes().length} passes`,
        target: `< ${targetMb} MB`,
        reached: megabytes < targetMb,
        data: { own, companions },
      }),
      figure(name, `idle, ${how}: a pass`, seconds(median(passes.map(({ durationMs }) => durationMs))), {
        beside: `median of ${passes.length}`,
        result: `${Math.round(cpu / passes.length)} ms CPU each`,
        data: { cpuMs: cpu, elapsedMs: elapsed, passes },
      }),
    ];
  } finally {
    await running.stop();
  }
}

/** Commits that arrive while the daemon waits: from the end of the push to the Ready on the status branch, and how much of it was waiting. */
async function commitsSeen(
  bench: BenchFleet,
  prefix: string,
  how: string,
  env: Readonly<Record<string, string>>,
): Promise<Figure> {
  const running = startRealDaemon(bench, { env, args: ['--interval', '10m', '--poll-interval', '2s'] });
  const totals: number[] = [];
  const waits: number[] = [];
  try {
    await running.idlePasses(1, 300_000);
    for (let count = 1; count <= commits; count++) {
      const environment = `${prefix}${count}`;
      const before = running.passes().length;
      await bench.add('alpha', [environment]);
      const { repository } = bench.lab.git;
      const totalMs = await timeUntil(
        `${environment} is Ready`,
        () => isReady(repository, environment),
        300_000,
      );
      const pass = () =>
        running
          .passes()
          .slice(before)
          .find(({ outcome }) => outcome === 'converged');
      await timeUntil('the pass has ended', async () => pass() !== undefined, 60_000);
      totals.push(totalMs);
      waits.push(Math.max(0, totalMs - (pass()?.durationMs ?? 0)));
      // Waits for a poll, so that the daemon is idle when the next commit arrives.
      await new Promise((done) => setTimeout(done, 1000 + 500 * count));
    }
  } finally {
    await running.stop();
  }
  return figure(daemon.name, `push to Ready, ${how}`, seconds(median(totals)), {
    beside: `until the pass started ${seconds(median(waits))}`,
    result: `${commits} commits`,
    data: { totals, waits },
  });
}
