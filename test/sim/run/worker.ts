import { parentPort } from 'node:worker_threads';
import { guardTheWorld } from '../core/guard.ts';
import type { CrashPoint } from '../core/index.ts';
import { type Survey, survey } from './crash-coverage.ts';
import { crashAt, type Scenario } from './exhaustive.ts';
import { inputOf } from './generate.ts';
import { run } from './run.ts';
import { scenarios } from './scenarios.ts';

export type Task =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'survey'; readonly scenario: string }
  | { readonly kind: 'crash'; readonly scenario: string; readonly point: CrashPoint; readonly end: string };

export type Done =
  | {
      readonly kind: 'seed';
      readonly seed: number;
      readonly failed: boolean;
      readonly points: number;
      readonly passes: number;
      readonly kills: number;
      readonly faults: number;
      readonly virtualMs: number;
      readonly recoveredMs: number;
    }
  | ({ readonly kind: 'survey' } & Survey)
  | {
      readonly kind: 'crash';
      readonly scenario: string;
      readonly point: CrashPoint;
      readonly problem: string | null;
    };

const { reached } = guardTheWorld();

parentPort?.on('message', (task: Task) => {
  void work(task).then((done) => parentPort?.postMessage(done));
});

async function work(task: Task): Promise<Done> {
  switch (task.kind) {
    case 'seed':
      return runSeed(task.seed);
    case 'survey':
      return { kind: 'survey', ...(await survey(scenarioNamed(task.scenario))) };
    case 'crash':
      return runCrash(task);
    default:
      return task satisfies never;
  }
}

function scenarioNamed(name: string): Scenario {
  const scenario = scenarios().find((candidate) => candidate.name === name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  return scenario;
}

async function runSeed(seed: number): Promise<Done> {
  const { violation, struck, points, passes, virtualMs, recoveredMs } = await run(inputOf(seed));
  const kills = struck.filter(({ kind }) => kind === 'kill').length;
  const failed = violation !== null || reached.length > 0;
  const faults = struck.length - kills;
  return { kind: 'seed', seed, failed, points, passes, kills, faults, virtualMs, recoveredMs };
}

async function runCrash({ scenario, point, end }: Task & { readonly kind: 'crash' }): Promise<Done> {
  const { problem } = await crashAt(scenarioNamed(scenario), point, end);
  return { kind: 'crash', scenario, point, problem };
}
