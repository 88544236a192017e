import { findCallSites } from '../call-sites/call-sites.ts';
import { type CrashPoint, pointText } from '../core/index.ts';
import { placeKey, type Survey, unreachable } from '../run/crash-coverage.ts';
import { inThreads } from '../run/pool.ts';
import { scenarios } from '../run/scenarios.ts';
import type { Done, Task } from '../run/worker.ts';

const worker = new URL('../run/worker.ts', import.meta.url);

/** Runs each scenario without faults, and finds every crash point of the daemon. */
export async function surveyAll(names: readonly string[]): Promise<readonly Survey[]> {
  const surveys: Survey[] = [];
  const tasks = names.map((scenario): Task => ({ kind: 'survey', scenario }));
  await inThreads<Task, Done>(worker, tasks.values(), (done) => {
    if (done.kind === 'survey') surveys.push(done);
  });
  return surveys.sort((a, b) => names.indexOf(a.scenario) - names.indexOf(b.scenario));
}

export interface Crashed {
  readonly survey: Survey;
  readonly point: CrashPoint;
  /** Null when it ended like the run without a kill. */
  readonly problem: string | null;
}

/** Runs scenarios again with the daemon killed at each of the points that `isWanted`. */
export async function crashAll(
  surveys: readonly Survey[],
  isWanted: (nth: number) => boolean = () => true,
): Promise<readonly Crashed[]> {
  const crashed: Crashed[] = [];
  const all = surveys.flatMap(({ scenario, points, end }) =>
    points.map(({ site, nth, when }): Task => ({ kind: 'crash', scenario, point: { site, nth, when }, end })),
  );
  const tasks = all.filter((_, nth) => isWanted(nth));
  await inThreads<Task, Done>(worker, tasks.values(), (done) => {
    const survey = surveys.find(({ scenario }) => done.kind === 'crash' && scenario === done.scenario);
    if (done.kind === 'crash' && survey !== undefined)
      crashed.push({ survey, point: done.point, problem: done.problem });
  });
  return crashed;
}

/**
 * Runs scenarios once for each crash point of the daemon: every run must end like the run without a kill. Prints the number of covered
 * places in the sources; returns the failures.
 */
export async function crashEverywhere(
  only: readonly string[] | null,
  say: (text: string) => void,
): Promise<readonly string[]> {
  const chosen = scenarios().filter(({ name }) => only === null || only.includes(name));
  const surveys = await surveyAll(chosen.map(({ name }) => name));
  const started = performance.now();
  const crashed = await crashAll(surveys);
  const minutes = ((performance.now() - started) / 60_000).toFixed(1);
  const good = crashed.filter(({ problem }) => problem === null);
  say(
    `\ncrash points: ${good.length} of ${crashed.length} converge to the undisturbed end, ${minutes} minutes`,
  );
  for (const { name, about } of chosen) {
    const count = surveys.find(({ scenario }) => scenario === name)?.points.length ?? 0;
    say(`  ${name.padEnd(14)} ${String(count).padStart(5)}  ${about}`);
  }
  const problems = [
    ...surveys.flatMap(({ scenario, problem }) =>
      problem === null ? [] : [`${scenario}, undisturbed: ${problem}`],
    ),
    ...crashed.flatMap(({ survey, point, problem }) =>
      problem === null ? [] : [`${survey.scenario}: killed ${pointText(point)}: ${problem}`],
    ),
  ];
  return only === null ? [...problems, ...coverage(surveys, good, say)] : problems;
}

/** Lists the places that the histories reach, without kills. */
export async function sayReached(say: (text: string) => void): Promise<void> {
  const surveys = await surveyAll(scenarios().map(({ name }) => name));
  const points = surveys.flatMap((survey) => survey.points);
  const missed = placesMissed(new Set(points.map(({ when, place }) => `${when} ${place}`)));
  const total = 2 * findCallSites().length;
  say(
    `crash points: the scenarios reach ${points.length}, at ${total - missed.length} of ${total} (${total / 2} places that call a port, before and after); --crash all kills at each`,
  );
  for (const place of missed) say(`  missed ${place}: ${unreachable[placeKey(place)] ?? 'NOT EXPLAINED'}`);
}

/** Each place counts twice: killed before the call, and after its effect. */
function coverage(
  surveys: readonly Survey[],
  good: readonly Crashed[],
  say: (text: string) => void,
): readonly string[] {
  const placeOf = new Map(
    surveys.flatMap(({ scenario, points }) =>
      points.map((point) => [`${scenario} ${pointText(point)}`, point.place] as const),
    ),
  );
  const reached = good.map(
    ({ survey, point }) =>
      `${point.when} ${placeOf.get(`${survey.scenario} ${pointText(point)}`) ?? 'nowhere'}`,
  );
  const total = 2 * findCallSites().length;
  const missed = placesMissed(new Set(reached));
  say(
    `crash-point coverage: ${total - missed.length} of ${total} (${total / 2} places that call a port, before and after)`,
  );
  for (const place of missed) say(`  missed ${place}: ${unreachable[placeKey(place)] ?? 'NOT EXPLAINED'}`);
  return missed
    .filter((place) => unreachable[placeKey(place)] === undefined)
    .map((place) => `no kill ${place}, and nothing says why`);
}

/** Places whose `before` or `after` was not reached. */
export function placesMissed(reached: ReadonlySet<string>): readonly string[] {
  return findCallSites()
    .flatMap(({ id }) => [`before ${id}`, `after ${id}`])
    .filter((place) => !reached.has(place));
}
