import { parentPort } from 'node:worker_threads';
import { guardTheWorld } from '../core/guard.ts';
import { inputOf } from './generate.ts';
import { run } from './run.ts';

/** Runs the seeds that it is told, one after the other. */
export interface Done {
  readonly seed: number;
  readonly failed: boolean;
  readonly points: number;
  readonly passes: number;
  readonly kills: number;
  readonly faults: number;
  readonly virtualMs: number;
  readonly recoveredMs: number;
}

const { reached } = guardTheWorld();
parentPort?.on('message', (seed: number) => {
  void run(inputOf(seed)).then((result) => {
    const kills = result.struck.filter(({ kind }) => kind === 'kill').length;
    const { points, passes, virtualMs, recoveredMs } = result;
    const done: Done = {
      seed,
      failed: result.violation !== null || reached.length > 0,
      points,
      passes,
      kills,
      faults: result.struck.length - kills,
      virtualMs,
      recoveredMs,
    };
    parentPort?.postMessage(done);
  });
});
