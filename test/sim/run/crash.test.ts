import { expect, test } from 'vitest';
import { findCallSites } from '../call-sites/call-sites.ts';
import { placesMissed } from '../cli/crash-everywhere.ts';
import type { CrashPoint } from '../core/index.ts';
import { placeKey, survey, unreachable } from './crash-coverage.ts';
import { inThreads } from './pool.ts';
import { scenarios } from './scenarios.ts';
import type { Done, Task } from './worker.ts';

/** In the suite every so manieth point of each history is tried; `npm run sim -- --crash all` tries all. */
const step = 16;

test('every place that calls a port is reached, or it is said why not', async () => {
  const surveys = [];
  for (const scenario of scenarios()) surveys.push(await survey(scenario));
  expect(surveys.filter(({ problem }) => problem !== null).map(({ problem }) => problem)).toEqual([]);
  const places = findCallSites();
  expect(places.length).toBeGreaterThan(60);
  const reached = surveys.flatMap(({ points }) =>
    points.flatMap(({ when, place }) => (place === null ? [] : [`${when} ${place}`])),
  );
  const missed = placesMissed(new Set(reached));
  expect(missed.filter((place) => unreachable[placeKey(place)] === undefined)).toEqual([]);
  const keys = new Set(missed.map(placeKey));
  expect(Object.keys(unreachable).filter((key) => !keys.has(key))).toEqual([]);
});

test('a daemon that is killed at any of these points ends as it would have without', async () => {
  const tasks: Task[] = [];
  let nth = 0;
  for (const scenario of scenarios()) {
    const { points, end } = await survey(scenario);
    for (const { site, nth: call, when } of points) {
      nth += 1;
      const point: CrashPoint = { site, nth: call, when };
      if (nth % step === 0) tasks.push({ kind: 'crash', scenario: scenario.name, point, end });
    }
  }
  expect(tasks.length).toBeGreaterThan(500);
  const problems: string[] = [];
  await inThreads<Task, Done>(new URL('./worker.ts', import.meta.url), tasks.values(), (done) => {
    if (done.kind === 'crash' && done.problem !== null)
      problems.push(
        `${done.scenario} ${done.point.when} ${done.point.site}#${done.point.nth}: ${done.problem}`,
      );
  });
  expect(problems).toEqual([]);
});
