import { inThreads } from '../run/pool.ts';
import type { Done, Task } from '../run/worker.ts';

const worker = new URL('../run/worker.ts', import.meta.url);
const minuteMs = 60_000;

/** Runs seeds in all threads and prints the result; returns those that failed. */
export async function runSeeds(
  from: number,
  count: number,
  say: (text: string) => void,
): Promise<readonly number[]> {
  const started = performance.now();
  const failed: number[] = [];
  const sums = { points: 0, passes: 0, kills: 0, faults: 0, virtualMs: 0, done: 0 };
  let longestRecoveryMs = 0;
  function* tasks(): Generator<Task> {
    for (let seed = from; seed < from + count; seed++) yield { kind: 'seed', seed };
  }
  await inThreads<Task, Done>(worker, tasks(), (done) => {
    if (done.kind !== 'seed') return;
    sums.done += 1;
    for (const key of ['points', 'passes', 'kills', 'faults', 'virtualMs'] as const) sums[key] += done[key];
    longestRecoveryMs = Math.max(longestRecoveryMs, done.recoveredMs);
    if (done.failed) {
      failed.push(done.seed);
      say(`seed ${done.seed} failed`);
    }
    if (sums.done % 1000 === 0) say(`${sums.done} seeds, ${failed.length} failed`);
  });
  const minutes = (performance.now() - started) / minuteMs;
  say(
    [
      `seeds ${from} to ${from + count - 1}: ${failed.length} of ${count} failed`,
      `  ${minutes.toFixed(1)} minutes, ${Math.round(count / minutes)} seeds per minute`,
      `  ${sums.passes} passes in ${Math.round(sums.virtualMs / 3_600_000)} hours of virtual time`,
      `  ${sums.points} crash points passed, ${sums.kills} kills, ${sums.faults} other faults`,
      `  all Ready at most ${(longestRecoveryMs / minuteMs).toFixed(0)} minutes of virtual time after the last fault`,
    ].join('\n'),
  );
  return failed.sort((a, b) => a - b);
}
