import { beforeAll, expect, test } from 'vitest';
import { findCallSites } from '../call-sites/call-sites.ts';
import { crashAll, placesMissed, surveyAll } from '../cli/crash-everywhere.ts';
import { pointText } from '../core/index.ts';
import { placeKey, type Survey, unreachable } from './crash-coverage.ts';
import { scenarios } from './scenarios.ts';

/** The suite tries every nth crash point; `npm run sim -- --crash all` tries all. */
const step = 24;

let surveys: readonly Survey[];
beforeAll(async () => {
  surveys = await surveyAll(scenarios().map(({ name }) => name));
});

test('without kills, every history comes to rest', () => {
  expect(surveys.map(({ problem }) => problem)).toEqual(scenarios().map(() => null));
});

test('every place that calls a port is reached, or has a reason why not', () => {
  expect(findCallSites().length).toBeGreaterThan(60);
  const reached = surveys.flatMap(({ points }) => points.map(({ when, place }) => `${when} ${place}`));
  const missed = placesMissed(new Set(reached));
  expect(missed.filter((place) => unreachable[placeKey(place)] === undefined)).toEqual([]);
  const keys = new Set(missed.map(placeKey));
  expect(Object.keys(unreachable).filter((key) => !keys.has(key))).toEqual([]);
});

test('a killed daemon ends like one that is not killed', async () => {
  const crashed = await crashAll(surveys, (nth) => nth % step === 0);
  expect(crashed.length).toBeGreaterThan(500);
  const problems = crashed.filter(({ problem }) => problem !== null);
  expect(
    problems.map(({ survey, point, problem }) => `${survey.scenario} ${pointText(point)}: ${problem}`),
  ).toEqual([]);
});
